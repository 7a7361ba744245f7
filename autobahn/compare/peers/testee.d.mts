export const MAX_MESSAGE: number;
export const HOST: string;
export const PORT: number;
export function listening(port: number): void;
export function runCases(
  open: (url: string, onText?: (text: string) => void) => Promise<unknown>,
): Promise<void>;

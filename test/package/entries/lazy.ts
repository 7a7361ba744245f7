/** What another module imports when it needs it. */
export const SECRET = "loaded when it was needed";

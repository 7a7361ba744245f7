import { formatBytes } from "../report/format.ts";
import { message, type Scenario } from "./scenario.ts";

const COUNTS = [10, 30, 100, 300, 1000, 3000, 10_000];
const SIZES = Array.from({ length: 11 }, (_, i) => 16 * 4 ** i).filter((n) => n <= 2 ** 24);
const IN_FLIGHT_BYTES = 65_536;

const byConnections: readonly Scenario[] = COUNTS.map((connections) => ({
  id: `growth-connections-${connections}`,
  title: `64 B binary, ${connections.toLocaleString("en")} connections, 8 deep`,
  unit: "messages",
  side: "server",
  slowPeers: false,
  work: { kind: "echo", connections, depth: 8, message: message(64) },
  point: { chart: "connections", x: connections },
}));

const bySize: readonly Scenario[] = SIZES.map((size) => {
  const depth = Math.max(1, Math.min(64, Math.floor(IN_FLIGHT_BYTES / size)));
  return {
    id: `growth-size-${size}`,
    title: `${formatBytes(size)} binary, 8 connections, ${depth} deep`,
    unit: "messages",
    side: "server",
    slowPeers: false,
    work: { kind: "echo", connections: 8, depth, message: message(size) },
    point: { chart: "size", x: size },
  };
});

/** Two series for charts; only on request, they take minutes. */
export const growth: readonly Scenario[] = [...byConnections, ...bySize];

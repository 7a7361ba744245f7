import { expect, it } from "vitest";
import { Jobs } from "../../../src/conformance/run/jobs.ts";

const noted = (jobs: Jobs, opened: number | undefined, times: number) => {
  for (let i = 0; i < times; i++) jobs.note(opened);
  return jobs.width;
};

it("as many cases run side by side as were asked for, while handshakes are fast", () => {
  expect(noted(new Jobs(8), 5, 100)).toBe(8);
});

it("a slow handshake halves them, down to one", () => {
  const jobs = new Jobs(8);
  expect(noted(jobs, 400, 1)).toBe(4);
  expect(noted(jobs, 400, 1)).toBe(2);
  expect(noted(jobs, 400, 5)).toBe(1);
});

it("many fast ones make them more again, one by one, up to what was asked for", () => {
  const jobs = new Jobs(3);
  noted(jobs, 400, 2);
  expect(noted(jobs, 5, 15)).toBe(1);
  expect(noted(jobs, 5, 1)).toBe(2);
  expect(noted(jobs, 5, 16)).toBe(3);
  expect(noted(jobs, 5, 100)).toBe(3);
});

it("one that is neither begins the count anew, and none is no sign", () => {
  const jobs = new Jobs(2);
  noted(jobs, 400, 1);
  noted(jobs, 5, 15);
  expect(noted(jobs, 100, 1)).toBe(1);
  expect(noted(jobs, undefined, 20)).toBe(1);
  expect(noted(jobs, 5, 15)).toBe(1);
  expect(noted(jobs, 5, 1)).toBe(2);
});

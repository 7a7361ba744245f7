import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Interests } from "../../src/topics/interests.ts";
import { type Deferred, deferred } from "../served.ts";

/** An engine whose answers the test gives. */
function engine() {
  const calls: string[] = [];
  const answers: Deferred<void>[] = [];
  const errors: string[] = [];
  const call = (what: string) => {
    calls.push(what);
    const answer = deferred();
    answers.push(answer);
    return answer.promise;
  };
  const interests = new Interests(
    {
      subscribe: (topic) => call(`+${topic}`),
      unsubscribe: (topic) => call(`-${topic}`),
    },
    (topic) => errors.push(topic),
  );
  return { interests, calls, answers, errors };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("the interests of a process", () => {
  it("are one subscription for each topic, ready for all who wait once the engine has it", async () => {
    const { interests, calls, answers } = engine();
    const first = interests.want("a");
    expect(interests.want("a")).toBe(first);
    interests.want("b");
    expect(calls).toEqual(["+a", "+b"]);
    let ready = false;
    first.then(() => {
      ready = true;
    });
    await turn();
    expect(ready).toBe(false);
    answers[0]!.resolve();
    await first;
    expect(interests.want("a")).toBe(first);
    expect(calls).toEqual(["+a", "+b"]);
  });

  it("take one step at a time, and only those that are still needed", async () => {
    const { interests, calls, answers } = engine();
    const first = interests.want("a");
    interests.drop("a");
    const second = interests.want("a");
    interests.drop("a");
    interests.want("a");
    interests.drop("a");
    expect(calls).toEqual(["+a"]);
    answers[0]!.resolve();
    await Promise.all([first, second]);
    await turn();
    expect(calls).toEqual(["+a", "-a"]);
    const third = interests.want("a");
    let ready = false;
    third.then(() => {
      ready = true;
    });
    await turn();
    expect([calls.length, ready]).toEqual([2, false]);
    answers[1]!.resolve();
    await turn();
    expect([calls.length, ready]).toEqual([3, false]);
    answers[2]!.resolve();
    await third;
    expect(calls).toEqual(["+a", "-a", "+a"]);
  });

  it("are tried anew after a failure by the next who wants them", async () => {
    const { interests, calls, answers, errors } = engine();
    const refused = interests.want("a");
    answers[0]!.reject(new Error("not allowed"));
    await expect(refused).rejects.toThrow("not allowed");
    expect(errors).toEqual(["a"]);
    const second = interests.want("a");
    answers[1]!.resolve();
    await second;
    interests.drop("a");
    await turn();
    const third = interests.want("a");
    answers[2]!.reject(new Error("gone"));
    await turn();
    answers[3]!.resolve();
    await third;
    expect(calls).toEqual(["+a", "+a", "-a", "+a"]);
  });

  it("end as they are wanted, whatever happens in which order", async () => {
    const step = fc.constantFrom("want", "drop", "answer");
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { interests, calls, answers } = engine();
        let wanted = false;
        let ready: Promise<void> | undefined;
        let answered = 0;
        const answer = async () => {
          answers[answered++]?.resolve();
          await turn();
        };
        for (const what of steps) {
          if (what === "want") ready = interests.want("a");
          if (what === "drop") interests.drop("a");
          if (what === "answer" && answered < answers.length) await answer();
          if (what !== "answer") wanted = what === "want";
          expect(answers.length - answered).toBeLessThanOrEqual(1);
        }
        while (answered < answers.length) await answer();
        expect(calls.at(-1) === "+a").toBe(wanted);
        expect(calls).toEqual(calls.map((_, i) => (i % 2 === 0 ? "+a" : "-a")));
        if (wanted) await ready;
      }),
    );
  });
});

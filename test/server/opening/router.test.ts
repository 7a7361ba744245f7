import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ArgumentError } from "../../../src/index.ts";
import { Router } from "../../../src/server/opening/router.ts";

function router(...paths: string[]): Router<string> {
  const routes = new Router<string>();
  for (const path of paths) routes.add(path, path);
  return routes;
}

describe("Router", () => {
  it("finds a path letter for letter", () => {
    const routes = router("/", "/a", "/a/", "/a/b");
    for (const path of ["/", "/a", "/a/", "/a/b"]) {
      expect(routes.find(path)).toEqual({ target: path, params: {} });
    }
    for (const path of ["", "/A", "/b", "/a/b/", "//", "/a//b"]) {
      expect(routes.find(path)).toBeUndefined();
    }
  });

  it("gives parameters, percent-decoded", () => {
    const routes = router("/rooms/:room", "/rooms/:room/:seat");
    expect({ ...routes.find("/rooms/a%20b%2Fc")?.params }).toEqual({ room: "a b/c" });
    expect({ ...routes.find("/rooms/1/2")?.params }).toEqual({ room: "1", seat: "2" });
    expect(routes.find("/rooms/")).toBeUndefined();
    expect(routes.find("/rooms")).toBeUndefined();
    expect(routes.find("/rooms/1/2/3")).toBeUndefined();
    expect(routes.find("/rooms/%zz")).toBeUndefined();
    expect(routes.find("/rooms/%ff")).toBeUndefined();
  });

  it("gives the rest of the path for *", () => {
    const routes = router("/files/*");
    expect({ ...routes.find("/files/a/b%20c")?.params }).toEqual({ "*": "a/b c" });
    expect({ ...routes.find("/files/")?.params }).toEqual({ "*": "" });
    expect(routes.find("/files")).toBeUndefined();
    expect({ ...router("/*").find("/")?.params }).toEqual({ "*": "" });
  });

  it("prefers a path without parameters, then what was added first", () => {
    const routes = router("/:any", "/a", "/*");
    expect(routes.find("/a")?.target).toBe("/a");
    expect(routes.find("/b")?.target).toBe("/:any");
    expect(routes.find("/b/c")?.target).toBe("/*");
  });

  it("has parameters of any name, without touching a prototype", () => {
    const params = router("/:__proto__/:constructor").find("/x/y")?.params;
    expect(Object.keys(params ?? {})).toEqual(["__proto__", "constructor"]);
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
  });

  it.each(["", "a", "/a b", "/a?b", "/a#b", "/ä", "/:", "/:a/:a", "/*/a", "/*/*"])(
    "refuses %o",
    (path) => expect(() => router(path)).toThrow(ArgumentError),
  );

  it("refuses a path that is there already", () => {
    expect(() => router("/a", "/a")).toThrow(/a handler for \/a already/);
    expect(() => router("/:a", "/:a")).toThrow(/a handler for \/:a already/);
  });

  it("finds what it is given, whatever stands in a parameter", () => {
    const routes = router("/x/:name/y");
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: "grapheme" }), (name) => {
        const match = routes.find(`/x/${encodeURIComponent(name)}/y`);
        expect({ ...match?.params }).toEqual({ name });
      }),
    );
  });

  it("never throws", () => {
    const routes = router("/a", "/:x/b", "/c/*");
    fc.assert(fc.property(fc.string(), (path) => void routes.find(path)));
  });
});

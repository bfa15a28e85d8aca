/** What `--queue` takes, and that no message has a password. */
import { describe, expect, test } from "vitest";
import { errorText, UsageError } from "../../errors.ts";
import { addressOf } from "./address.ts";

describe("the address of a queue", () => {
  test.each([
    ["redis://10.0.0.5", { host: "10.0.0.5", port: 6379, db: 0 }, "redis://10.0.0.5:6379"],
    ["redis://host:7000/3", { host: "host", port: 7000, db: 3 }, "redis://host:7000/3"],
    ["redis://[::1]:7000/", { host: "::1", port: 7000, db: 0 }, "redis://[::1]:7000"],
    ["rediss://host", { host: "host", port: 6379, db: 0, tls: {} }, "rediss://host:6379"],
    ["unix:///run/redis.sock", { path: "/run/redis.sock", db: 0 }, "unix:///run/redis.sock"],
    ["unix:///run/redis.sock?db=2", { path: "/run/redis.sock", db: 2 }, "unix:///run/redis.sock?db=2"],
    [
      "redis://me:p%40ss@host",
      { host: "host", port: 6379, db: 0, username: "me", password: "p@ss" },
      "redis://host:6379",
    ],
  ])("%s", (text, options, shown) => {
    expect(addressOf(text)).toEqual({ options, shown });
  });

  test("takes a password from the environment, if the address has none", () => {
    expect(addressOf("redis://host", "hidden").options.password).toBe("hidden");
    expect(addressOf("redis://:own@host", "hidden").options.password).toBe("own");
    expect(addressOf("redis://host", "").options).not.toHaveProperty("password");
  });

  test.each([
    ["localhost:6379"],
    ["10.0.0.5"],
    ["http://host"],
    ["redis:host"],
    ["redis://"],
    ["redis://host:99999"],
    ["redis://host/one"],
    ["redis://host/-1"],
    ["redis://host?timeout=1"],
    ["redis://host#1"],
    ["unix://run/redis.sock"],
    ["unix:///"],
    ["unix:///run/redis.sock?db=x"],
    ["redis://me:secret%zz@host"],
    ["redis://me:secret@host:port"],
    ["htp://me:secret@host"],
    ["redis://me:sec ret@host:port"],
    ["redis://me:se/cr@et@host:port"],
    ["redis://host/1000001"],
    ["redis://:s@host/secret@10.0.0.5"],
    ["redis://me:12/secret@10.0.0.5"],
    ["redis//:secret@host"],
    [":secret@host:6379"],
    ["redis://host?password=secret"],
    ["redis://me:sec ret?db=et@host"],
    ["unix:///run/redis.sock?password=secret"],
  ])("%s is refused, without its password", (text) => {
    let told = "";
    try {
      addressOf(text, "secret");
    } catch (error) {
      expect(error).toBeInstanceOf(UsageError);
      told = errorText(error as UsageError);
    }
    expect(told).toMatch(/^faultline: --queue cannot be ".*"[.]\n {2}Expected .*\n$/);
    expect(told).not.toMatch(/secret|sec ret|se\/cr|et@/);
  });
});

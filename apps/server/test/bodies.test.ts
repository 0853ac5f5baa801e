import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { errorOf, get, RawConnection, rawRequest } from "./support/raw-connection.ts";
import { serverForTest, sharedServer } from "./support/test-server.ts";
import { waitFor } from "./support/wait-for.ts";

const LIMIT = 64 * 1024;
const server = sharedServer({
  limits: { maxFrameBytes: LIMIT },
  transportLimits: { maxDiscardBytes: 1024 * 1024 },
});

/** The text of a POST to `path` with these headers and this body, its length counted. */
function postOf(path: string, headers: string, body: string | Buffer): Buffer {
  const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, "latin1"), Buffer.from(body)]);
}

const JSON_TYPE = "Content-Type: application/json\r\n";
const MSGPACK_TYPE = "Content-Type: application/msgpack\r\n";
const SET = '{"key":"k","value":1}';

describe("a body", () => {
  it.each([
    ["no body, no type", "POST /kv/incr/n HTTP/1.1\r\nHost: localhost\r\n\r\n", 200],
    ["an empty body of any type", postOf("/kv/incr/n", "Content-Type: text/plain\r\n", ""), 200],
    [
      "empty chunks",
      "POST /kv/incr/n HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      200,
    ],
    ["JSON", postOf("/kv/set", JSON_TYPE, SET), 200],
    [
      "JSON with a charset",
      postOf("/kv/set", 'Content-Type: Application/JSON ; charset="UTF-8"\r\n', SET),
      200,
    ],
    [
      "JSON in chunks",
      `POST /kv/set HTTP/1.1\r\nHost: localhost\r\n${JSON_TYPE}Transfer-Encoding: chunked\r\n\r\n5\r\n{"key\r\n10\r\n":"k","value":1}\r\n0\r\n\r\n`,
      200,
    ],
    [
      "JSON in another charset",
      postOf("/kv/set", "Content-Type: application/json; charset=latin1\r\n", SET),
      415,
    ],
    ["no type", postOf("/kv/set", "", SET), 415],
    [
      "a form",
      postOf("/kv/set", "Content-Type: application/x-www-form-urlencoded\r\n", "key=k"),
      415,
    ],
    ["text", postOf("/kv/set", "Content-Type: text/plain\r\n", SET), 415],
    ["malformed JSON", postOf("/kv/set", JSON_TYPE, "{"), 400],
    ["JSON that is no object", postOf("/kv/set", JSON_TYPE, "[1]"), 400],
    ["JSON null", postOf("/kv/set", JSON_TYPE, "null"), 400],
    [
      "bytes that are not UTF-8",
      postOf("/kv/set", JSON_TYPE, Buffer.from([0x22, 0xff, 0x22])),
      400,
    ],
    ["JSON that nests too deep", postOf("/kv/set", JSON_TYPE, "[".repeat(30_000)), 400],
    [
      "JSON that nests too deep, and is closed",
      postOf("/kv/set", JSON_TYPE, "[".repeat(30_000) + "]".repeat(30_000)),
      400,
    ],
    [
      "a prototype",
      postOf("/kv/set", JSON_TYPE, '{"__proto__":{"key":"k"},"key":"k","value":1}'),
      400,
    ],
    ["malformed MessagePack", postOf("/kv/set", MSGPACK_TYPE, Buffer.from([0xc1])), 400],
    [
      "MessagePack that promises more",
      postOf("/kv/set", MSGPACK_TYPE, Buffer.from([0xdf, 0xff, 0xff, 0xff, 0xff])),
      400,
    ],
    ["gzip", postOf("/kv/set", `${JSON_TYPE}Content-Encoding: gzip\r\n`, gzipSync(SET)), 200],
    ["what is no gzip", postOf("/kv/set", `${JSON_TYPE}Content-Encoding: gzip\r\n`, SET), 400],
    [
      "half of gzip",
      postOf("/kv/set", `${JSON_TYPE}Content-Encoding: gzip\r\n`, gzipSync(SET).subarray(0, 12)),
      400,
    ],
    [
      "gzip that grows too large",
      postOf("/kv/set", `${JSON_TYPE}Content-Encoding: gzip\r\n`, gzipSync(" ".repeat(LIMIT + 1))),
      413,
    ],
    ["another encoding", postOf("/kv/set", `${JSON_TYPE}Content-Encoding: br\r\n`, SET), 415],
    ["exactly the limit", postOf("/kv/set", JSON_TYPE, SET + " ".repeat(LIMIT - SET.length)), 200],
    ["one byte more", postOf("/kv/set", JSON_TYPE, SET + " ".repeat(LIMIT - SET.length + 1)), 413],
  ])("that is %s is answered by its merits", async (_, request, status) => {
    const answer = await rawRequest(server().port, request);
    expect([answer.status, answer.body.toString()]).toEqual([status, expect.any(String)]);
    if (status !== 200) expect(errorOf(answer).code).toMatch(/^[A-Z_]+$/);
  });

  it("that is refused by its length is read away, and the connection goes on", async () => {
    const connection = await RawConnection.open(server().port);
    connection.send(postOf("/kv/set", JSON_TYPE, "x".repeat(5 * LIMIT)));
    expect((await connection.answer()).status).toBe(413);
    connection.send(get("/health"));
    expect((await connection.answer()).status).toBe(200);
    connection.destroy();
  });

  it("in chunks without end is refused as soon as it is too large, and cut in the end", async () => {
    const connection = await RawConnection.open(server().port);
    connection.send(
      `POST /kv/set HTTP/1.1\r\nHost: localhost\r\n${JSON_TYPE}Transfer-Encoding: chunked\r\n\r\n`,
    );
    const chunk = `4000\r\n${"x".repeat(0x4000)}\r\n`;
    for (let i = 0; i < 5; i++) connection.send(chunk);
    expect((await connection.answer()).status).toBe(413);
    await waitFor(() => {
      if (!connection.isEnded) connection.send(chunk);
      return connection.isEnded;
    }, "the connection to be cut");
  });

  it("is not asked for where it would be refused", async () => {
    const expecting = (length: number) =>
      `POST /kv/set HTTP/1.1\r\nHost: localhost\r\n${JSON_TYPE}Expect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`;
    const refused = await RawConnection.open(server().port);
    refused.send(expecting(LIMIT + 1));
    const answer = await refused.answer();
    expect([answer.status, answer.headers.connection]).toEqual([413, "close"]);
    await refused.ended();

    const invited = await RawConnection.open(server().port);
    invited.send(expecting(SET.length));
    expect((await invited.answer()).status).toBe(100);
    invited.send(SET);
    expect((await invited.answer()).status).toBe(200);
    invited.destroy();
  });

  it("that breaks off leaves nothing behind", async () => {
    const other = await serverForTest();
    const connection = await RawConnection.open(other.port);
    connection.send(
      `POST /kv/set HTTP/1.1\r\nHost: localhost\r\n${JSON_TYPE}Content-Length: 100\r\n\r\n{"key":`,
    );
    connection.destroy();
    expect((await rawRequest(other.port, get("/health"))).status).toBe(200);
    await other.close(); // does not wait for what never comes
  });

  it("with a broken chunk is an error of the usual shape", async () => {
    const request = `POST /kv/set HTTP/1.1\r\nHost: localhost\r\n${JSON_TYPE}Transfer-Encoding: chunked\r\n\r\nzz\r\n`;
    const answer = await rawRequest(server().port, request);
    expect([answer.status, errorOf(answer).code]).toEqual([400, "INVALID_REQUEST"]);
  });
});

describe("requests on one connection", () => {
  it("run one after the other", async () => {
    const connection = await RawConnection.open(server().port);
    const requests = Array.from({ length: 100 }, (_, i) => [
      postOf("/kv/set", JSON_TYPE, `{"key":"order","value":"${i}"}`),
      Buffer.from(get("/kv/get/order")),
    ]);
    connection.send(Buffer.concat(requests.flat()));
    for (let i = 0; i < 100; i++) {
      expect((await connection.answer()).status).toBe(200);
      expect((await connection.answer()).body.toString()).toBe(String(i));
    }
    connection.destroy();
  });
});

/** Where a queue is, from what `--queue` says. Its password is never part of a message. */
import { UsageError } from "../../errors.ts";

/** As the client takes it. */
interface Place {
  host?: string;
  port?: number;
  path?: string;
  db: number;
  username?: string;
  password?: string;
  tls?: object;
}

export interface Address {
  /** Without name and password: for messages. */
  readonly shown: string;
  readonly options: Place;
}

const EXPECTED =
  "redis://HOST:PORT, rediss://HOST:PORT (TLS) or unix:///PATH/OF/SOCKET, with a number behind it for another database: redis://HOST:PORT/1";
const PORT = 6379;
/** Servers have 16 databases, if nobody has set another number. */
const MOST_DATABASE = 1_000_000;

/**
 * What is no address, as far as it can be shown: a password may be anywhere before the last "@" and behind a "?", also when
 * the scheme is mistyped, or a character of the password ends the host too early.
 */
function withoutSecrets(text: string): string {
  const [, scheme = "", rest = ""] = /^([a-z]+:\/\/)?(.*)$/is.exec(text) ?? [];
  return scheme + (rest.includes("?") ? "***" : rest.replace(/^.*@/s, "***@"));
}

const refused = (text: string): UsageError => new UsageError(`--queue cannot be "${withoutSecrets(text)}".`, EXPECTED);

function parsed(text: string): URL {
  // "localhost:6379" is an URL, too: of the scheme "localhost".
  if (!/^(redis|rediss|unix):\/\//.test(text)) throw refused(text);
  try {
    return new URL(text);
  } catch {
    throw refused(text);
  }
}

function decoded(text: string, part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw refused(text);
  }
}

/** `password`: the one that is taken when the address has none. */
export function addressOf(text: string, password?: string): Address {
  const url = parsed(text);
  const isSocket = url.protocol === "unix:";
  const path = decoded(text, url.pathname);
  const database = isSocket ? (url.searchParams.get("db") ?? "") : path.slice(1);
  url.searchParams.delete("db");
  const isWhole = isSocket ? url.hostname === "" && path.length > 1 : url.hostname !== "";
  if (!isWhole || url.search !== "" || url.hash !== "" || !/^\d*$/.test(database)) throw refused(text);
  const db = Number(database);
  if (db > MOST_DATABASE) throw refused(text);
  const given = decoded(text, url.password) || password;
  const username = decoded(text, url.username);
  const place = isSocket
    ? { path }
    : { host: url.hostname.replaceAll(/^\[|\]$/g, ""), port: url.port === "" ? PORT : Number(url.port) };
  return {
    shown: isSocket
      ? `unix://${path}${db === 0 ? "" : `?db=${db}`}`
      : `${url.protocol}//${url.hostname}:${url.port || PORT}${db === 0 ? "" : `/${db}`}`,
    options: {
      ...place,
      db,
      ...(username !== "" && { username }),
      ...(given !== undefined && given !== "" && { password: given }),
      ...(url.protocol === "rediss:" && { tls: {} }),
    },
  };
}

/** As the user has given it; the password may be in the environment, where no list of processes shows it. */
export const givenAddress = (text: string): Address => addressOf(text, process.env["FAULTLINE_QUEUE_PASSWORD"]);

import type { SynapError, WireError } from "./errors.ts";
import type { WireCommand } from "./wire-table.ts";

/** Ids are positive integers; JSON callers may also use strings of 1 to 128 characters. */
export type RequestId = number | string;

/** The level an answer vouches for. */
export type Durability = "memory" | "written" | "synced";

/** What stands beside a command's payload. */
export interface CallOptions {
  /** Answer only when the effect is synced to disk. */
  readonly sync?: boolean;
  /** Run only while this lease has this token. */
  readonly guard?: { readonly lease: string; readonly token: number };
  /** This is a repeat of a request whose answer did not arrive. */
  readonly retry?: boolean;
}

/** A command with its arguments; fields of shape `value` are tagged values. */
export interface CommandCall {
  readonly command: WireCommand;
  readonly payload: Record<string, unknown>;
  readonly options?: CallOptions | undefined;
}

/** A call that could not even be read; it is answered with its error. */
export interface RefusedCall {
  readonly error: SynapError;
}

/** One member of a batch. */
export type BatchMember = CommandCall | RefusedCall;

/** What the server reads from a frame. */
export type ClientMessage =
  | ({ readonly kind: "request"; readonly id: RequestId } & CommandCall)
  | { readonly kind: "refused"; readonly id: RequestId | null; readonly error: SynapError }
  | { readonly kind: "notice"; readonly type: ClientNoticeType; readonly fields: MessageFields };

export type ClientNoticeType = "hello" | "cancel" | "done" | "ping";

/** A notice's or push's fields by name; those of shape `value` are tagged values. */
export type MessageFields = Readonly<Record<string, unknown>>;

/** The outcome of one member of a batch, on the server's side. */
export type BatchOutcome =
  | { readonly command: WireCommand; readonly payload: MessageFields }
  | { readonly error: WireError };

/** What the server writes into a frame. */
export type ServerMessage = ServerReply | ServerFailure | ServerPush;

export interface ServerReply {
  readonly kind: "reply";
  readonly id: RequestId;
  readonly command: WireCommand;
  readonly payload: MessageFields;
  /** Only where it differs from what hello said. */
  readonly durability?: Durability | undefined;
}

export interface ServerFailure {
  readonly kind: "failure";
  /** Null where the request's id could not be read. */
  readonly id: RequestId | null;
  readonly error: WireError;
}

/** Names what it is about, never the subscription, so that all followers share its bytes. */
export interface ServerPush {
  readonly kind: "push";
  readonly type: string;
  readonly fields: MessageFields;
}

/** What the client reads from a frame; values are JavaScript values here. */
export type ReceivedMessage =
  | {
      readonly kind: "reply";
      readonly id: RequestId;
      readonly payload: Record<string, unknown>;
      readonly durability?: Durability | undefined;
    }
  | { readonly kind: "failure"; readonly id: RequestId | null; readonly error: WireError }
  | { readonly kind: "push"; readonly type: string; readonly fields: Record<string, unknown> };

/** The outcome of one member of a batch, as it stands on the JSON wire and in the SDK. */
export type BatchResult =
  | { readonly status: "success"; readonly payload: Record<string, unknown> }
  | { readonly status: "error"; readonly error: WireError };

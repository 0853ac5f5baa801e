/** A message, as it travels in its room. */
export interface ChatMessage {
  readonly userId: string;
  readonly message: string;
  readonly timestamp: number;
}

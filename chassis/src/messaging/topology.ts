/** A queue of a service, and which messages reach it. */
export interface QueueSpec {
  readonly name: string;
  readonly bindings: readonly { readonly exchange: string; readonly keys: readonly string[] }[];
  /** True when one consumer at a time must get the messages, so that their order holds over all instances. */
  readonly singleActiveConsumer?: boolean;
}

import { waitFor } from '@sagacity/chassis/test-kit/wait-for';

/** A stream of server-sent events, read as it comes. */
export interface EventStream {
  readonly status: number;
  readonly headers: Headers;
  /** All that came so far. */
  text(): string;
  /** The ids of the events so far. */
  ids(): number[];
  untilShows(part: string): Promise<void>;
  /** Waits until the server ends the stream, or breaks it off. */
  untilEnded(): Promise<void>;
  close(): void;
}

export async function openEventStream(
  url: string,
  { token, headers = {} }: { readonly token: string; readonly headers?: Readonly<Record<string, string>> },
): Promise<EventStream> {
  const closing = new AbortController();
  const answer = await fetch(url, {
    headers: { authorization: `Bearer ${token}`, ...headers },
    signal: closing.signal,
  });
  let text = '';
  let ended = false;
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of answer.body ?? []) text += decoder.decode(chunk, { stream: true });
  })();
  const end = () => {
    ended = true;
  };
  reading.then(end, end);
  return {
    status: answer.status,
    headers: answer.headers,
    text: () => text,
    ids: () => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id)),
    untilShows: async (part) => {
      await waitFor(`the stream shows ${part}`, () => text.includes(part), 10_000);
    },
    untilEnded: async () => {
      await waitFor('the stream ends', () => ended, 10_000);
    },
    close: () => closing.abort(),
  };
}

/** What the admin's view of a saga tells, as far as the demo shows it. */
export type SagaView = {
  id: string;
  type: string;
  state: string;
  timeline: TimelineLine[];
};

export type TimelineLine = {
  at: string;
  kind: string;
  step?: string | null;
  direction?: string | null;
  attempt?: number | null;
  reason?: string | null;
  detail?: Record<string, unknown> | null;
};

/** The timeline of a saga as lines of text, each with the milliseconds since the first. */
export function tellStory({ timeline }: SagaView): string[] {
  const start = Date.parse(timeline[0]?.at ?? '');
  return timeline.map((line) => {
    const ms = String(Date.parse(line.at) - start).padStart(6);
    const step = [line.step, line.direction === 'forward' ? '' : line.direction].filter(Boolean).join(', ');
    const extra = [again(line.attempt), line.reason, ...detailOf(line.detail)].filter(Boolean).join(' · ');
    return `  ${ms} ms  ${line.kind.padEnd(18)} ${step.padEnd(32)} ${extra}`.trimEnd();
  });
}

function again(attempt: number | null | undefined): string {
  return attempt && attempt > 1 ? `attempt ${attempt}` : '';
}

function detailOf(detail: Record<string, unknown> | null | undefined): string[] {
  return Object.entries(detail ?? {})
    .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
    .map(([key, value]) => `${key}: ${value}`);
}

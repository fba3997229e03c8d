/** What can be ordered on the page, and what became of the order: failures of a run again, dead letters back to work. */
import type { OrderState, RunDetail } from '@github-repo-stats/reporter/contract';
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useAnswer } from '../answer.ts';
import { apiPath } from '../api-path.ts';
import { order, Refusal } from '../ask.ts';
import { count, many } from '../words.ts';

type Given = OrderState['order'];

interface OrderProps {
  given: Given;
  /** On the button. */
  children: ComponentChildren;
  /** In words, what came of it. */
  result: (result: Record<string, unknown>) => string;
  /** Whether there is something to order; what was ordered is told either way. */
  offered: boolean;
}

/** A button that orders, and where it stood the progress of what was ordered. */
function Order({ given, children, result, offered }: OrderProps) {
  const [id, ordered] = useState<string>();
  const [busy, be] = useState(false);
  const [problem, say] = useState<string>();
  // Of the button until it worked: pressed again after a lost answer, it is the same order.
  const [next, another] = useState(() => crypto.randomUUID());
  const give = async (): Promise<void> => {
    be(true);
    say(undefined);
    try {
      await order(next, given);
      ordered(next);
      another(crypto.randomUUID());
    } catch (error) {
      say(error instanceof Refusal ? error.message : 'The reporter cannot be reached. Try again.');
    } finally {
      be(false);
    }
  };
  const [ended, end] = useState<string>();
  return (
    <>
      {id !== undefined && <Progress key={id} id={id} result={result} onEnd={() => end(id)} />}
      {offered && (id === undefined || ended === id) && (
        <p>
          <button type="button" disabled={busy} onClick={() => void give()}>
            {children}
          </button>
        </p>
      )}
      {problem !== undefined && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </>
  );
}

function Progress({ id, result, onEnd }: { id: string; result: OrderProps['result']; onEnd: () => void }) {
  const [ended, end] = useState(false);
  const { data, error } = useAnswer<OrderState>(apiPath(`orders/${id}`), ended);
  const isEnded = data !== undefined && data.status !== 'due';
  useEffect(() => {
    if (!isEnded) return;
    end(true);
    onEnd();
  }, [isEnded]);
  return (
    <p role="status" class={data?.status === 'refused' ? 'problem' : undefined}>
      {error ?? saying(data, result)}
    </p>
  );
}

function saying(state: OrderState | undefined, result: OrderProps['result']): string {
  if (state?.status === 'done') return result(state.result ?? {});
  if (state?.status === 'refused') return `It was refused: ${state.problem ?? 'the scheduler says no more'}.`;
  return 'Ordered. The scheduler begins within a minute.';
}

const numberIn = (result: Record<string, unknown>, name: string): number => Number(result[name] ?? 0);

/**
 * Only for a run at its end; while it is collected again, the run says how far it is.
 * @param some whether only some of what failed is shown beside it.
 */
export function RunAgain({ of: { run, live }, some = false }: { of: RunDetail; some?: boolean }) {
  return (
    <Order
      key={run.runId}
      given={{ kind: 'rerun', run: run.runId }}
      offered={live === null && run.failed + run.failedSources > 0}
      result={(result) => {
        const [repositories, sources] = [numberIn(result, 'repositories'), numberIn(result, 'sources')];
        if (repositories + sources === 0) return 'Nothing was left to collect again.';
        const what = [
          ...(repositories > 0 ? [many(repositories, 'repository', 'repositories')] : []),
          ...(sources > 0 ? [many(sources, 'source')] : []),
        ].join(' and ');
        return live ? `Under way again: ${what}.` : `Sent to be collected again: ${what}.`;
      }}
    >
      {some ? 'Run all that failed again' : 'Run these again'}
    </Order>
  );
}

export function ReleaseEvent({ run, held }: { run: string; held: boolean }) {
  return (
    <>
      {held && (
        <p class="problem">
          The event of this run is held back. Collect again what is wrong, or release it when the numbers are
          right.
        </p>
      )}
      <Order
        key={run}
        given={{ kind: 'release', run }}
        offered={held}
        result={() => 'Released: the event goes out within a minute.'}
      >
        Release the event
      </Order>
    </>
  );
}

export function SendBack({ queue, count: letters }: { queue: string; count: number }) {
  return (
    <Order
      given={{ kind: 'resubmit', queue } as Given}
      offered={letters > 0}
      result={(result) => {
        const left = (result['left'] ?? []) as { problem: string }[];
        return [
          `${count(numberIn(result, 'sent'))} sent back.`,
          ...(numberIn(result, 'settled') > 0
            ? [`${count(numberIn(result, 'settled'))} were settled already.`]
            : []),
          ...(left.length > 0 ? [`${count(left.length)} stay: ${left[0]!.problem}.`] : []),
          ...(result['more'] === true ? ['There are more: send back again.'] : []),
        ].join(' ');
      }}
    >
      Send back<span class="unseen"> what lies in {queue}</span>
    </Order>
  );
}

/** What is shown of an answer that is on its way, or that did not come. */
import type { ComponentChildren } from 'preact';
import { wanted } from '../ask.ts';
import type { Answer } from '../answer.ts';

/** Children once there is something to show: they are given it. */
export function Told<T>({
  answer,
  children,
}: {
  answer: Answer<T>;
  children: (data: T) => ComponentChildren;
}) {
  const { data, error, waiting } = answer;
  return (
    <div class={waiting && data !== undefined ? 'older' : undefined} aria-busy={waiting}>
      {error !== undefined && wanted.value === 'nothing' && (
        <p class="problem" role="alert">
          {error}
          {data !== undefined && ' What is shown was answered before.'}
        </p>
      )}
      {data === undefined ? error === undefined && <p class="quiet">Asking …</p> : children(data)}
    </div>
  );
}

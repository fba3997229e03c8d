/** The frame of every view: where one can go, the sentence that it opens with, and the view itself. */
import type { Overview } from '@github-repo-stats/reporter/contract';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { link, state, view, type View } from './address.ts';
import { useAnswer } from './answer.ts';
import { wanted } from './ask.ts';
import { KeyForm, SignIn } from './parts/key-form.tsx';
import { Sentence, spoken } from './parts/sentence.tsx';
import { timeText } from './parts/time.tsx';
import { Told } from './parts/told.tsx';
import { Analysis } from './views/analysis.tsx';
import { Events } from './views/events.tsx';
import { Failures } from './views/failures.tsx';
import { Health } from './views/health.tsx';
import { Home } from './views/home.tsx';
import { Organisation } from './views/organisation.tsx';
import { Organisations } from './views/organisations.tsx';
import { Repositories } from './views/repositories.tsx';
import { Repository } from './views/repository.tsx';
import { Run } from './views/run.tsx';
import { Runs } from './views/runs.tsx';

/** What can be gone to from everywhere, and which views belong to it. */
const PLACES: readonly (readonly [View, string, readonly View[]])[] = [
  ['home', 'Overview', []],
  ['repositories', 'Repositories', ['repository']],
  ['organisations', 'Organisations', ['organisation']],
  ['events', 'Events', []],
  ['analysis', 'Analysis', []],
  ['runs', 'Runs', ['run', 'failures']],
  ['health', 'Health', []],
];

function titleOf(of: View): string {
  const words = state.value;
  if (of === 'repository') return words.get('repo') ?? 'Repository';
  if (of === 'organisation') return words.get('org') ?? 'Organisation';
  const run = Number(words.get('run'));
  const ofRun = run > 0 ? `run of ${timeText(run * 1000)}` : 'last run';
  if (of === 'run') return `The ${ofRun}`;
  if (of === 'failures') return `What failed in the ${ofRun}`;
  if (of === 'repositories' && run > 0) return `Repositories in the ${ofRun}`;
  return PLACES.find(([name]) => name === of)![1];
}

const SHOWN: Record<View, (overview: Overview) => ComponentChildren> = {
  home: (overview) => <Home overview={overview} />,
  runs: (overview) => <Runs overview={overview} />,
  run: () => <Run />,
  failures: () => <Failures />,
  repositories: (overview) => <Repositories overview={overview} />,
  repository: () => <Repository />,
  organisations: (overview) => <Organisations overview={overview} />,
  organisation: () => <Organisation />,
  events: () => <Events />,
  analysis: () => <Analysis />,
  health: () => <Health />,
};

export function App() {
  const answer = useAnswer<Overview>('api/overview');
  const shown = view.value;
  const title = titleOf(shown);
  const heading = useRef<HTMLHeadingElement>(null);
  const before = useRef<string>(undefined);
  useEffect(() => {
    document.title = `${title} · GitHub repository statistics`;
    // Who hears the page is told that another one is there; not who has just opened it.
    if (before.current !== undefined && before.current !== title)
      heading.current?.focus({ preventScroll: true });
    before.current = title;
  }, [title]);
  return (
    <>
      <a class="skip" href="#main">
        To the content
      </a>
      <header>
        <a class="brand" href={link('home')}>
          GitHub repository statistics
        </a>
        <nav aria-label="Views">
          {PLACES.map(([name, word, among]) => (
            <a
              key={name}
              href={link(name)}
              aria-current={name === shown ? 'page' : among.includes(shown) ? 'true' : undefined}
            >
              {word}
            </a>
          ))}
        </nav>
      </header>
      <main id="main">
        {wanted.value === 'sign-in' ? <SignIn /> : wanted.value !== 'nothing' && <KeyForm />}
        {answer.data && <Sentence of={answer.data} />}
        <p class="unseen" aria-live="polite">
          {answer.data && spoken(answer.data)}
        </p>
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {(answer.data !== undefined || wanted.value === 'nothing') && (
          <Told answer={answer}>{(overview) => SHOWN[shown](overview)}</Told>
        )}
      </main>
    </>
  );
}

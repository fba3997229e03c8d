/** Which view is shown and its state: all of it stands in the query of the page's address, so that links, reload and the back button work. */
import { computed, signal } from '@preact/signals';

export const VIEWS = [
  'home',
  'runs',
  'run',
  'failures',
  'repositories',
  'repository',
  'organisations',
  'organisation',
  'events',
  'analysis',
  'health',
] as const;
export type View = (typeof VIEWS)[number];

/** State of a view; what is empty or undefined is left out. */
export type State = Record<string, string | undefined>;

const query = signal(location.search);

/** What stands in the address behind `?`. */
export const state = computed(() => new URLSearchParams(query.value));

/** An unknown view is the first one. */
export const view = computed<View>(() => VIEWS.find((name) => name === state.value.get('view')) ?? 'home');

/** One of these words, as the address has it; the first when it has none of them. */
export function choice<T extends string>(name: string, of: readonly [T, ...T[]]): T {
  return of.find((word) => word === state.value.get(name)) ?? of[0];
}

/** The address of a view. */
export function link(to: View, of: State = {}): string {
  const words = new URLSearchParams();
  if (to !== 'home') words.set('view', to);
  for (const [name, value] of Object.entries(of)) if (value) words.set(name, value);
  return words.size === 0 ? '/' : `/?${words.toString()}`;
}

/** The address of what is shown now with some of its state changed. */
export function changed(of: State): string {
  const kept = Object.fromEntries(state.value);
  delete kept['view'];
  return link(view.value, { ...kept, ...of });
}

/** Goes there. @param instead of what is shown now: as one types, not every letter is a step back. */
export function go(to: string, instead = false): void {
  const before = view.value;
  if (instead) history.replaceState(null, '', to);
  else history.pushState(null, '', to);
  query.value = location.search;
  if (view.value !== before) scrollTo(0, 0);
}

/** From now on links within the page change its state; all others, and those with a key held, stay the browser's. */
export function followLinks(): void {
  addEventListener('popstate', () => (query.value = location.search));
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const anchor = event.target instanceof Element ? event.target.closest('a') : null;
    if (!anchor || anchor.target || anchor.hash || anchor.origin !== location.origin) return;
    if (anchor.pathname !== '/' || anchor.hasAttribute('download')) return;
    event.preventDefault();
    go(anchor.pathname + anchor.search);
  });
}

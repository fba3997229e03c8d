/** Words that repositories are searched by; what is typed goes into the address a moment later. */
import { useEffect, useRef } from 'preact/hooks';
import { changed, go, state } from '../address.ts';

const FIELDS = [
  ['search', 'Name contains'],
  ['org', 'Organisation'],
  ['language', 'Language'],
] as const;
const PAUSE_MS = 300;

export function RepositoryFilter() {
  const form = useRef<HTMLFormElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const apply = (): void => {
    clearTimeout(timer.current);
    if (!form.current) return;
    const words = new FormData(form.current);
    const given = Object.fromEntries(
      FIELDS.map(([name]) => {
        const word = words.get(name);
        return [name, typeof word === 'string' ? word.trim() : ''];
      }),
    );
    const to = changed({ ...given, after: undefined });
    if (FIELDS.some(([name]) => (state.value.get(name) ?? '') !== given[name])) go(to, true);
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <form
      ref={form}
      class="filter"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        apply();
      }}
      onInput={() => {
        clearTimeout(timer.current);
        timer.current = setTimeout(apply, PAUSE_MS);
      }}
    >
      {FIELDS.map(([name, label]) => (
        <Field key={name} name={name} label={label} />
      ))}
    </form>
  );
}

/** Follows the address, as when one goes back, but never while it is being typed into. */
function Field({ name, label }: { name: string; label: string }) {
  const field = useRef<HTMLInputElement>(null);
  const word = state.value.get(name) ?? '';
  useEffect(() => {
    if (field.current && document.activeElement !== field.current) field.current.value = word;
  }, [word]);
  return (
    <label>
      {label}
      <input
        ref={field}
        type="search"
        name={name}
        defaultValue={word}
        autocomplete="off"
        spellcheck={false}
      />
    </label>
  );
}

/** One of a few, as links: the choice stands in the address. */

/** @param of word, where it leads, and whether it is chosen. */
export function Choice({
  label,
  of,
}: {
  label: string;
  of: readonly (readonly [string, string, boolean])[];
}) {
  return (
    <nav class="choice" aria-label={label}>
      <span aria-hidden="true">{label}: </span>
      {of.map(([word, to, chosen]) => (
        <a key={word} href={to} aria-current={chosen ? 'true' : undefined}>
          {word}
        </a>
      ))}
    </nav>
  );
}

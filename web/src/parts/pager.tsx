/** Steps through a list: the cursor stands in the address, so back is the browser's. */
import { changed, state } from '../address.ts';

export function Pager({ next, shown, total }: { next: string | undefined; shown: number; total?: string }) {
  const after = state.value.get('after');
  return (
    <nav class="pager" aria-label="Pages">
      {after !== null && <a href={changed({ after: undefined })}>First page</a>}
      <span>
        {shown} shown{total !== undefined && ` of ${total}`}
      </span>
      {next !== undefined && (
        <a href={changed({ after: next })} rel="next">
          Next page
        </a>
      )}
    </nav>
  );
}

/** Cells of numbers: as they are, and by how much they changed. */
import { count, signed } from '../words.ts';

/** What is not known is told as such, never as 0. */
export const Unknown = ({ why = 'not known' }: { why?: string }) => (
  <span class="unknown" title={why}>
    <span aria-hidden="true">–</span>
    <span class="unseen">{why}</span>
  </span>
);

export const Number = ({ of }: { of: number | null }) => (
  <td class="number">{of === null ? <Unknown /> : count(of)}</td>
);

/** @param good false where less is better: then no colour says that more is. */
export function Change({ by, why }: { by: number | null | undefined; why?: string }) {
  if (by === null || by === undefined) return <Unknown why={why ?? 'nothing to compare with'} />;
  return <span class={by > 0 ? 'up' : by < 0 ? 'down' : 'same'}>{signed(by)}</span>;
}

export const ChangeCell = (change: { by: number | null | undefined; why?: string }) => (
  <td class="number">
    <Change {...change} />
  </td>
);

/** The name of a repository, leading to its view; long ones break after the owner. */
import { link } from '../address.ts';

export function RepositoryLink({ name }: { name: string }) {
  const slash = name.indexOf('/') + 1;
  return (
    <a href={link('repository', { repo: name })}>
      {name.slice(0, slash)}
      <wbr />
      {name.slice(slash)}
    </a>
  );
}

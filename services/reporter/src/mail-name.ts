/** Which of the mails tells what, as the setting SendGrid_Mails names them. */
import type { Run } from '@github-repo-stats/shared/documents';
import type { MailName } from '@github-repo-stats/shared/mails-setting';
import type { Notices } from '@github-repo-stats/shared/notices';

/** Mails that a notice may turn out to be: how a run ends is known only when it has. */
export const mailNames = (kind: Notices['kind']): readonly MailName[] => {
  if (kind === 'end') return ['completed', 'failed'];
  return kind === 'start' ? ['started'] : ['stalled'];
};

export const mailName = (run: Pick<Run, 'status'>, kind: Notices['kind']): MailName => {
  if (kind === 'end') return run.status === 'failed' ? 'failed' : 'completed';
  return kind === 'start' ? 'started' : 'stalled';
};

/** Reads the setting `SendGrid_Mails`: of which turns of a run mails are sent. */
import * as z from 'zod';

/** A run begins; it ends with something collected, or with nothing; it is stuck. */
export const MAILS = ['started', 'completed', 'failed', 'stalled'] as const;
export type MailName = (typeof MAILS)[number];

const isMail = (name: string): name is MailName => (MAILS as readonly string[]).includes(name);

/** Names between commas, in any case and order. To send none of them, mails are switched off. */
export const mailsSetting = z.string('is not a text').transform((text, ctx): MailName[] => {
  const names = text
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter(Boolean);
  for (const [i, name] of names.entries())
    if (!isMail(name))
      ctx.addIssue({ code: 'custom', message: `entry ${i + 1} is not one of ${MAILS.join(', ')}` });
  if (names.length === 0) ctx.addIssue({ code: 'custom', message: `names none of ${MAILS.join(', ')}` });
  return MAILS.filter((name) => names.includes(name));
});

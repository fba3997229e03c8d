/** What SendGrid requires of a mail, and how it says that it is not so. https://www.twilio.com/docs/sendgrid/api-reference/mail-send */
import { z } from 'zod';

const address = z.looseObject({ email: z.string(), name: z.string().optional() });

const MailSend = z.looseObject({
  personalizations: z
    .array(z.looseObject({ to: z.array(address).optional(), subject: z.string().optional() }))
    .optional(),
  from: address.optional(),
  subject: z.string().optional(),
  content: z.array(z.looseObject({ type: z.string(), value: z.string() })).optional(),
  template_id: z.string().optional(),
});
export type MailSend = z.infer<typeof MailSend>;

/** One entry of SendGrid's errors array. */
export interface MailProblem {
  message: string;
  field: string | null;
}

const EMAIL = /^[^\s@,]+@[^\s@,]+\.[^\s@,]+$/;
const INVALID_EMAIL = 'Does not contain a valid address.';
/** SendGrid's limit of recipients in one request. */
const MAX_RECIPIENTS = 1000;

function personalizationProblems(mail: MailSend): MailProblem[] {
  const all = mail.personalizations ?? [];
  if (all.length === 0)
    return [
      {
        field: 'personalizations',
        message: 'The personalizations field is required and must have at least one personalization.',
      },
    ];
  const problems: MailProblem[] = [];
  const seen = new Set<string>();
  all.forEach(({ to = [] }, i) => {
    if (to.length === 0)
      problems.push({
        field: `personalizations.${i}.to`,
        message:
          'The to array is required for all personalization objects, and must have at least one email object with a valid email address.',
      });
    to.forEach(({ email }, j) => {
      if (!EMAIL.test(email))
        problems.push({ field: `personalizations.${i}.to.${j}.email`, message: INVALID_EMAIL });
      const low = `${i} ${email.toLowerCase()}`;
      if (seen.has(low))
        problems.push({
          field: `personalizations.${i}`,
          message:
            'Each email address in the personalization block should be unique between to, cc, and bcc.',
        });
      seen.add(low);
    });
  });
  if (seen.size > MAX_RECIPIENTS)
    problems.push({
      field: 'personalizations',
      message: 'The total number of recipients must be no more than 1000.',
    });
  return problems;
}

/** Everything that is wrong with the body of a mail/send request; empty when SendGrid would take it. */
export function mailProblems(posted: unknown): MailProblem[] {
  const parsed = MailSend.safeParse(posted);
  if (!parsed.success)
    return parsed.error.issues.map((issue) => ({
      field: issue.path.join('.') || null,
      message: `Invalid type: ${issue.message}`,
    }));
  const mail = parsed.data;
  const problems = personalizationProblems(mail);
  if (!mail.from)
    problems.push({ field: 'from', message: 'The from object must be provided for every email send.' });
  else if (!EMAIL.test(mail.from.email))
    problems.push({ field: 'from.email', message: 'The from email does not contain a valid address.' });
  const everyHasSubject = (mail.personalizations ?? []).every((p) => p.subject);
  if (!mail.subject && !mail.template_id && !everyHasSubject)
    problems.push({
      field: 'subject',
      message:
        'The subject is required. You can get around this requirement if you use a template with a subject defined or if every personalization has a subject defined.',
    });
  if (!mail.template_id && (mail.content ?? []).length === 0)
    problems.push({
      field: 'content',
      message: 'Unless a valid template_id is provided, the content parameter is required.',
    });
  const types = (mail.content ?? []).map((c) => c.type);
  if (types.includes('text/plain') && types.indexOf('text/plain') > 0)
    problems.push({ field: 'content', message: 'If present, text/plain must be the first content type.' });
  (mail.content ?? []).forEach(({ value }, i) => {
    if (value.length === 0)
      problems.push({
        field: `content.${i}.value`,
        message: 'The content value must be a string at least one character in length.',
      });
  });
  return problems;
}

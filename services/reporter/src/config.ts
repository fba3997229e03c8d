/** The settings of the reporter. */
import { APP_SETTINGS } from '@github-repo-stats/shared/app-settings';
import { runScheduleRule } from '@github-repo-stats/shared/schedule';
import { readSettings, type SettingsRule } from '@github-repo-stats/shared/settings';

export type Config = ReturnType<typeof readConfig>;

const MAIL_NEEDS = ['SendGrid_API_Key', 'SendGrid_VerifiedFromSenderEmail', 'SendGrid_ToEmail'] as const;

const mailRule: SettingsRule<
  { SendEmailNotifications: boolean } & Record<(typeof MAIL_NEEDS)[number], unknown>
> = (s) => {
  const missing = s.SendEmailNotifications ? MAIL_NEEDS.filter((name) => !s[name]) : [];
  return missing.length > 0
    ? `${missing.join(', ')}: not set, but SendEmailNotifications is true`
    : undefined;
};

const eventRule: SettingsRule<{ PublishToEventGrid: boolean; EventGridEndpoint?: string | undefined }> = (
  s,
) =>
  s.PublishToEventGrid && !s.EventGridEndpoint
    ? 'EventGridEndpoint: not set, but PublishToEventGrid is true'
    : undefined;

/** @throws SettingsError naming everything that is wrong. */
export const readConfig = (env: Record<string, string | undefined>) =>
  readSettings(APP_SETTINGS.reporter, env, [mailRule, eventRule, runScheduleRule]);

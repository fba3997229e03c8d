// Parses the .NET TimeSpan texts that host.json and timer schedules use.

const FORM = /^(-)?(?:(\d+)\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,7}))?)?$/;

/** `[-][d.]hh:mm[:ss[.fffffff]]` in milliseconds; undefined when the text is no TimeSpan. */
export function parseTimeSpan(text: string): number | undefined {
  const match = FORM.exec(text.trim());
  if (!match) return undefined;
  const [, sign, days = '0', hours = '0', minutes = '0', seconds = '0', fraction = '0'] = match;
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  const whole = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
  const milliseconds = whole * 1000 + Number(`0.${fraction}`) * 1000;
  return sign ? -milliseconds : milliseconds;
}

/** What GitHub says when it does not answer a query: the texts of each refusal and breakdown, as reported from GitHub. */

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** From the proxy before GitHub, which knows nothing of limits. */
  readonly fromProxy?: true;
}

const DOCS = 'https://docs.github.com';
const json = { 'content-type': 'application/json; charset=utf-8' };
const html = { 'content-type': 'text/html' };

function message(status: number, text: string, documentation = `${DOCS}/graphql`): Reply {
  const body = JSON.stringify({ message: text, documentation_url: documentation, status: String(status) });
  return { status, headers: json, body };
}

/** A GraphQL answer; `body` is the text of `{data?, errors?}`. */
export function graphqlReply(body: string): Reply {
  return { status: 200, headers: json, body };
}

/** A refusal of the REST API. */
export function restError(status: number, text: string): Reply {
  return message(status, text, `${DOCS}/rest`);
}

export function created(value: object): Reply {
  return { status: 201, headers: json, body: JSON.stringify(value) };
}

export const badCredentials: Reply = message(401, 'Bad credentials');
export const problemsParsing: Reply = message(400, 'Problems parsing JSON');
export const queryMissing: Reply = message(400, 'A query attribute must be specified and must be a string.');
export const notFound: Reply = restError(404, 'Not Found');
export const noUserAgent: Reply = {
  status: 403,
  headers: html,
  body: '\r\nRequest forbidden by administrative rules. Please make sure your request has a User-Agent header (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required). Check https://developer.github.com for other possible causes.\r\n',
};

/** Out of points. Both forms are in use: RATE_LIMITED since 2018, RATE_LIMIT with a code seen in 2026. */
export function rateLimited(form: 'RATE_LIMIT' | 'RATE_LIMITED'): Reply {
  const error =
    form === 'RATE_LIMITED'
      ? { type: form, message: 'API rate limit exceeded for installation ID 9306189.' }
      : {
          type: form,
          code: 'graphql_rate_limit',
          message: 'API rate limit already exceeded for user ID 583231.',
        };
  return graphqlReply(JSON.stringify({ errors: [error] }));
}

export function secondaryLimit(status: 200 | 403 | 429, retryAfter: number | null, requestId: string): Reply {
  const text = `You have exceeded a secondary rate limit. Please wait a few minutes before you try again. If you reach out to GitHub Support for help, please include the request ID ${requestId}.`;
  const reply =
    status === 200
      ? graphqlReply(JSON.stringify({ errors: [{ type: 'RATE_LIMITED', message: text }] }))
      : message(
          status,
          text,
          `${DOCS}/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#secondary-rate-limits`,
        );
  if (retryAfter === null) return reply;
  return { ...reply, headers: { ...reply.headers, 'retry-after': String(retryAfter) } };
}

export const timeoutKinds = [
  'timeout-502',
  'timeout-json',
  'timeout-504',
  'timeout-500',
  'timeout-200',
] as const;
export type TimeoutKind = (typeof timeoutKinds)[number];

/** The answers to a query that took too long: the proxy's, the application's (JSON, with 502 or 200), and newer ones. */
export function timeout(kind: TimeoutKind, requestId: string, now: number): Reply {
  switch (kind) {
    case 'timeout-502':
      return {
        status: 502,
        headers: html,
        fromProxy: true,
        body: '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n',
      };
    case 'timeout-json':
    case 'timeout-200': {
      const text = `Something went wrong while executing your query on ${new Date(now).toISOString().slice(0, 19)}Z. This may be the result of a timeout, or it could be a GitHub bug. Please include \`${requestId}\` when reporting this issue.`;
      return {
        status: kind === 'timeout-200' ? 200 : 502,
        headers: json,
        body: JSON.stringify({ data: null, errors: [{ message: text }] }),
      };
    }
    case 'timeout-504':
    case 'timeout-500': {
      const text =
        "We couldn't respond to your request in time. Sorry about that. Please try resubmitting your request and contact us if the problem persists.";
      return {
        status: kind === 'timeout-500' ? 500 : 504,
        headers: json,
        body: JSON.stringify({ message: text }),
      };
    }
  }
}

/** A success that is no answer, as a maintenance page behind a proxy gives. */
export const notJson: Reply = {
  status: 200,
  headers: html,
  body: '<html><body>We will be right back.</body></html>',
};
export const empty: Reply = { status: 200, headers: json, body: '' };

/** Field errors as GitHub states them: `{type, path, extensions?, locations, message}`, the type at the top level. */
import { GraphQLError } from 'graphql';

/** What a resolver throws. The texts are GitHub's own as far as they are known. */
export class GithubError extends Error {
  readonly type: string;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(type: string, message: string, details?: Readonly<Record<string, unknown>>) {
    super(message);
    this.type = type;
    this.details = details;
  }
}

/** A part of GitHub that the simulator does not have. It is refused by name, never answered with an empty value. */
export function unsupported(what: string): GithubError {
  return new GithubError('SIMULATOR_UNSUPPORTED', `${what} is not supported by the GitHub simulator`);
}

export function repositoryNotFound(owner: string, name: string): GithubError {
  return new GithubError('NOT_FOUND', `Could not resolve to a Repository with the name '${owner}/${name}'.`);
}

export function nodeNotFound(id: string): GithubError {
  return new GithubError('NOT_FOUND', `Could not resolve to a node with the global id of '${id}'.`);
}

export function samlFailure(): GithubError {
  const message =
    'Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization.';
  return new GithubError('FORBIDDEN', message, { saml_failure: true });
}

export function ipAllowListFailure(login: string): GithubError {
  const message = `Although you appear to have the correct authorization credentials, the \`${login}\` organization has an IP allow list enabled, and your IP address is not permitted to access this resource.`;
  return new GithubError('FORBIDDEN', message, { saml_failure: false });
}

export interface FormattedError {
  readonly type?: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly locations?: readonly { readonly line: number; readonly column: number }[];
  readonly message: string;
}

const undefinedField = /^Cannot query field "(\w+)" on type "(\w+)"/;

/** GitHub's form of an error of graphql-js. An exception that no resolver meant is reported as what it is, a bug here. */
export function formatError(error: GraphQLError): FormattedError {
  const { path, locations, originalError } = error;
  const where = { ...(path && { path }), ...(locations && { locations }) };
  if (originalError instanceof GithubError) {
    const { type, details, message } = originalError;
    return { type, ...(path && { path }), ...(details && { extensions: details }), locations, message };
  }
  const [, fieldName, typeName] = undefinedField.exec(error.message) ?? [];
  if (fieldName !== undefined) {
    const message = `Field '${fieldName}' doesn't exist on type '${typeName}'`;
    return { extensions: { code: 'undefinedField', typeName, fieldName }, locations, message };
  }
  if (originalError && !(originalError instanceof GraphQLError))
    return { type: 'SIMULATOR_BUG', ...where, message: originalError.stack ?? error.message };
  return { ...where, message: error.message };
}

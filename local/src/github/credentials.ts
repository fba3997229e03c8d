/** Who may ask the simulator, and what each may see and spend: named tokens and installations of apps, or anybody. */
import { installationToken, readInstallationToken, type AppToken } from './app-token.ts';
import { tokenLabel } from './call-log.ts';
import type { AppGiven, CredentialGiven } from './credential-schema.ts';
import type { Budget } from './limits.ts';
import { WorldError } from './world-error.ts';
import type { Owner } from './world.ts';

export interface Caller {
  /** The name of a credential; the label of a token that has none. */
  readonly label: string;
  readonly revoked: boolean;
  readonly seesPrivateOf: (owner: Owner) => boolean;
}

export interface CredentialOptions {
  readonly credentials?: readonly CredentialGiven[];
  readonly apps?: readonly AppGiven[];
  /** Tokens that are accepted without a name. Without any list all are, but those that begin with `bad`. */
  readonly tokens?: readonly string[];
}

interface Member extends Caller {
  revoked: boolean;
  readonly budget: Budget;
}

interface Installation extends Member {
  readonly id: number;
  readonly app: AppGiven;
}

const nothingPrivate = (): boolean => false;

function sees(owners: readonly string[] | undefined): Caller['seesPrivateOf'] {
  if (owners === undefined) return () => true;
  const logins = new Set(owners.map((login) => login.toLowerCase()));
  return ({ login }) => logins.has(login.toLowerCase());
}

function budgetOf({ pointsPerHour, computeSeconds }: Budget): Budget {
  return { pointsPerHour, computeSeconds };
}

/** State per named credential: good or revoked. An installation's tokens carry their end in themselves. */
export class Credentials {
  readonly #byToken = new Map<string, Member>();
  readonly #byName = new Map<string, Member>();
  readonly #installations = new Map<number, Installation>();
  readonly #apps: readonly AppGiven[];
  readonly #tokens: readonly string[] | undefined;

  constructor({ credentials = [], apps = [], tokens }: CredentialOptions) {
    this.#apps = apps;
    const named = credentials.length + apps.length > 0;
    this.#tokens = tokens ?? (named ? [] : undefined);
    for (const { name, token, owners, revoked = false, ...given } of credentials) {
      const member = { label: name, revoked, seesPrivateOf: sees(owners), budget: budgetOf(given) };
      this.#byToken.set(token, member);
      this.#byName.set(name, member);
    }
    for (const app of apps)
      for (const { id, owner, ...given } of app.installations) {
        const label = `app-${id}`;
        const seesPrivateOf = sees([owner]);
        const member = { id, app, label, revoked: false, seesPrivateOf, budget: budgetOf(given) };
        this.#installations.set(id, member);
        this.#byName.set(label, member);
      }
  }

  /** Whose token this is, revoked or not; undefined for one that was never good or is over (`now` in epoch milliseconds). */
  caller(token: string, now: number): Caller | undefined {
    const named = this.#byToken.get(token);
    if (named) return named;
    const read = readInstallationToken(token);
    const installation = read && this.#installations.get(read.id);
    if (installation) {
      const isOurs = read.expiresAt > now && installationToken(read, installation.app.publicKey) === token;
      return isOurs ? installation : undefined;
    }
    const accepted = this.#tokens ? this.#tokens.includes(token) : !token.startsWith('bad');
    return accepted ? { label: tokenLabel(token), revoked: false, seesPrivateOf: nothingPrivate } : undefined;
  }

  /** What a caller, by its label, may spend where that was said. */
  budget(label: string): Budget {
    return this.#byName.get(label)?.budget ?? {};
  }

  app(appId: string): AppGiven | undefined {
    return this.#apps.find((app) => String(app.appId) === appId);
  }

  /** A token of this installation that ends at `expiresAt`; undefined when the app has no such installation. */
  issue(app: AppGiven, { id, expiresAt }: AppToken): string | undefined {
    const installation = this.#installations.get(id);
    if (installation?.app !== app || installation.revoked) return undefined;
    return installationToken({ id, expiresAt }, app.publicKey);
  }

  /** Makes a token bad, or removes an installation; or undoes that. @throws WorldError when there is none of this name. */
  revoke(name: string, revoked: boolean): void {
    const member = this.#byName.get(name);
    if (member === undefined) throw new WorldError(`there is no credential ${name}`);
    member.revoked = revoked;
  }
}

/** The GraphQL type Repository: each getter or method is a field, and a field that is missing here is refused by name. */
import type { GraphQLResolveInfo } from 'graphql';
import { GithubError } from './github-error.ts';
import { failureError } from './failure-error.ts';
import { repositorySeconds } from './latency.ts';
import { languageNode, licenceNode, topicNode } from './catalogue-nodes.ts';
import { countConnection, listConnection } from './list-connection.ts';
import { nodeId } from './node-id.ts';
import type { Arguments } from './pagination.ts';
import type { RequestContext } from './request-context.ts';
import type { Failure } from './failure.ts';
import type { Repository } from './world.ts';

/** Seconds that each count of a repository that was made slow takes: more than GitHub gives a whole query. */
const SLOW_COUNT_SECONDS = 11;
/** RESOURCE_LIMITS_EXCEEDED is reckoned in repositories with this many counts each. */
const COUNTS_PER_UNIT = 5;

export class RepositoryNode {
  readonly __typename = 'Repository';
  readonly #slot: number;
  readonly #context: RequestContext;
  readonly #perCount: number;
  #described: Repository | undefined;

  constructor(slot: number, context: RequestContext) {
    this.#slot = slot;
    this.#context = context;
    const { base, perCount } = repositorySeconds(context.world.seed, slot, context.latency);
    this.#perCount = perCount;
    context.modelSeconds += base;
  }

  get #facts(): Repository {
    this.#described ??= this.#context.world.describe(this.#slot);
    return this.#described;
  }

  get id(): string {
    return nodeId('R', this.databaseId);
  }
  get databaseId(): number {
    return this.#context.world.databaseId(this.#slot);
  }
  get name(): string {
    return this.#facts.name;
  }
  get nameWithOwner(): string {
    return `${this.#facts.owner.login}/${this.#facts.name}`;
  }
  get owner(): object {
    return this.#context.ownerNode(this.#facts.owner);
  }
  get isInOrganization(): boolean {
    return this.#facts.owner.type === 'Organization';
  }
  get url(): string {
    return `https://github.com/${this.nameWithOwner}`;
  }
  get resourcePath(): string {
    return `/${this.nameWithOwner}`;
  }
  get sshUrl(): string {
    return `git@github.com:${this.nameWithOwner}.git`;
  }
  get description(): string | null {
    return this.#facts.description;
  }
  get createdAt(): string {
    return this.#facts.createdAt;
  }
  get updatedAt(): string {
    return this.#facts.updatedAt;
  }
  get pushedAt(): string {
    return this.#facts.pushedAt;
  }
  get archivedAt(): string | null {
    return this.#facts.archivedAt;
  }
  get isArchived(): boolean {
    return this.#facts.isArchived;
  }
  get isTemplate(): boolean {
    return this.#facts.isTemplate;
  }
  get isFork(): boolean {
    return this.#facts.isFork;
  }
  get isPrivate(): boolean {
    return this.#facts.isPrivate;
  }
  get visibility(): string {
    return this.#facts.isPrivate ? 'PRIVATE' : 'PUBLIC';
  }
  get isDisabled(): boolean {
    return false;
  }
  get isEmpty(): boolean {
    return false;
  }
  get isLocked(): boolean {
    return false;
  }
  get isMirror(): boolean {
    return false;
  }
  get hasIssuesEnabled(): boolean {
    return !this.#facts.isFork;
  }
  get viewerPermission(): string {
    return 'READ';
  }
  get diskUsage(): number {
    return this.#facts.diskUsage;
  }
  get stargazerCount(): number {
    return this.#facts.stars;
  }
  get forkCount(): number {
    return this.#facts.forks;
  }
  get primaryLanguage(): object | null {
    return this.#facts.language === null ? null : languageNode(this.#facts.language);
  }
  get licenseInfo(): object | null {
    return this.#facts.licence === null ? null : licenceNode(this.#facts.licence);
  }

  issues(args: Arguments, _context: RequestContext, info: GraphQLResolveInfo): object {
    const { openIssues, closedIssues } = this.#facts;
    return this.#count({ OPEN: openIssues, CLOSED: closedIssues }, args, info);
  }
  pullRequests(args: Arguments, _context: RequestContext, info: GraphQLResolveInfo): object {
    const { openPRs, closedPRs, mergedPRs } = this.#facts;
    return this.#count({ OPEN: openPRs, CLOSED: closedPRs, MERGED: mergedPRs }, args, info);
  }
  watchers(args: Arguments, _context: RequestContext, info: GraphQLResolveInfo): object {
    return this.#count({ all: this.#facts.watchers }, args, info);
  }
  /** Withheld since July 2026 from whoever does not administer the repository; `stargazerCount` is not. */
  stargazers(args: Arguments, context: RequestContext, info: GraphQLResolveInfo): object {
    if (context.showsStargazers) return this.#count({ all: this.#facts.stars }, args, info);
    throw new GithubError(
      'FORBIDDEN',
      'You do not have permission to view the stargazers of this repository',
    );
  }
  languages(args: Arguments, _context: RequestContext, info: GraphQLResolveInfo): object {
    const { language, diskUsage } = this.#facts;
    const rows = language === null ? [] : [languageNode(language)];
    return listConnection(rows, (node) => ({ node, size: diskUsage * 512 }), args, info);
  }
  repositoryTopics(args: Arguments, _context: RequestContext, info: GraphQLResolveInfo): object {
    return listConnection(this.#facts.topics.map(topicNode), (node) => ({ node }), args, info);
  }

  #count(counts: Readonly<Record<string, number>>, args: Arguments, info: GraphQLResolveInfo): object {
    const context = this.#context;
    const failure = context.world.failureOf(this.#slot);
    if (failure === 'slow') context.forcedSeconds += SLOW_COUNT_SECONDS;
    else if (failure !== undefined) this.#refuse(failure);
    context.modelSeconds += this.#perCount;
    context.resourceUnits -= 1 / COUNTS_PER_UNIT;
    if (context.resourceUnits < 0) this.#refuse('resource-limits');
    const states = Array.isArray(args.states) && args.states.length > 0 ? args.states : Object.keys(counts);
    const total = states.reduce((sum: number, state) => sum + (counts[String(state)] ?? 0), 0);
    return countConnection(total, args, info);
  }

  #refuse(failure: Failure): void {
    const { owner, name } = this.#facts;
    const error = failureError(failure, owner.login, name, this.#context);
    if (error) throw error;
  }
}

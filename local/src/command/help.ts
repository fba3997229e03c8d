/** The text of --help. */

export const HELP = `github-repo-stats: statistics of every repository you look after, on this machine.

  npm start -- [options]      makes one run, shows it, prints a report and ends
  npm run serve -- [options]  stays up: the schedule, POST /api/runs and messages on a queue start runs
  node local/bin/github-repo-stats.mjs truth [--sources FILE] [--repos N] [--faults FILE]
                              prints what is true in the simulated GitHub, one JSON line per repository
  npm run deadletters -- [list] | resubmit QUEUE [--numbers 1,2] | discard QUEUE NUMBER  [--api URL]
                              messages that could not be handled, here (while npm run serve is up) or in a deployed app:
                              lists them, sends them back to work, removes one
  npm run restore -- RUN [--data DIR | --azure]
                              puts an archived run back: into the data folder, or with --azure into the database that the
                              settings name (CosmosDB_Endpoint, Archive_Url; signed in as you are, unless keys are set)
  npm run query -- QUESTION | "SELECT …" | --file FILE | --list  [--format FORMAT] [--out FILE] [--data DIR | --azure]
                              asks archive and database together: a ready question (--list shows them, and their parameters),
                              or SQL of DuckDB over the views stats, days, repos, orgs and runs: docs/analytics.md
  npm run query -- --after-run RUN|latest [--data DIR | --azure]
                              answers all ready questions and the SQL files in queries/ of the archive, once a run is at its end:
                              as files beside the archive, on the dashboard, and told by an event

Options
  --sources FILE   which organisations and repositories to collect (default sources.json)
  --repos N        repositories in the simulated GitHub (default 1000)
  --faults FILE    what happens in the simulated GitHub, and which of its answers fail, from the start:
                   {"events": [...], "faults": [...], ...}, as in local/faults.example.json and local/README.md
  --data DIR       everything the platform stores (default .data); the next start finishes an unfinished run
  --out FILE       the statistics of the run, as .json, .ndjson or .csv
  --telemetry FILE appends what the apps tell Application Insights, as one JSON line per row of its tables
  --archive        archives what a run collected, as Parquet, in Azurite's Blob Storage in the data folder
  --analyse        with --archive: once a run is archived, answers what npm run query -- --after-run answers, by itself
  --format FORMAT  of an answer: table, csv, json, ndjson or parquet (default table; with --out by its extension)
  --json           the run document as the last line of the output; with deadletters the answer as one line
  --estimate       what a run would be: repositories, calls, seconds, request units, messages; makes none
                   (with start alone; --json: the estimate as the last line)
  --api URL        where the scheduler listens (default http://127.0.0.1:7071); a deployed one wants a function key,
                   which is taken from the environment variable GITHUB_REPO_STATS_KEY
  --numbers 1,2    which dead letters to send back, by the numbers in the list (default all of the queue)
  --help           this text

Settings come from the environment or from local.settings.json (see local.settings.example.json).
With Github_Token, GITHUB_TOKEN or Github_Credentials the real GitHub is read; without them it is simulated.

Exit code 0: the run completed (the report lists what failed), or was estimated; 1: it did not; 2: arguments or settings are wrong.
deadletters: 0: done; 1: not all could be sent back, or the app is in trouble; 2: arguments, address or key are wrong.
`;

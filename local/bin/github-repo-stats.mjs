#!/usr/bin/env node
/* The command. Plain JavaScript that an old Node can read, so that it can say what is wrong. */
var major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error(
    'github-repo-stats needs Node 24, and this is Node ' +
      process.versions.node +
      ' (' +
      process.execPath +
      ').\n' +
      'Node 24 comes with the project: run `npm ci` in its folder (without --ignore-scripts or --omit=dev), then `npm start`.\n' +
      'If npm warned that install scripts were blocked, run `npm rebuild node` once.',
  );
  process.exitCode = 2;
} else {
  import('../src/command/main.ts')
    .then(function (command) {
      return command.main(process.argv.slice(2));
    })
    .catch(function (error) {
      console.error(error);
      process.exitCode = 1;
    });
}

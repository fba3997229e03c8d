/* Runs at the end of `npm ci`: builds the bundles, so that the first start is quick. Where it cannot, the first start does. */
if (Number(process.versions.node.split('.')[0]) >= 24) {
  try {
    await import('../src/build/main.ts');
  } catch (error) {
    console.error(`The bundles are built at the first start: ${String(error)}`);
  }
}

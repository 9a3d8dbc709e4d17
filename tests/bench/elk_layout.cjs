// Lays out the graphs of standard input (a JSON array of ELK graphs) by elkjs, whose package folder is the argument.
const ELK = require(process.argv[2]);

async function main() {
  const chunks = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  const elk = new ELK();
  const found = [];
  for (const graph of JSON.parse(Buffer.concat(chunks).toString("utf-8"))) {
    found.push(await elk.layout(graph).catch((error) => ({ failed: String(error) })));
  }
  process.stdout.write(JSON.stringify(found));
}

main();

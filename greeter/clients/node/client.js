// The greeter's client and server in Node.js, as small as they can be complete:
//
//   node client.js client TARGET COUNT [fix]    greets, with gRPC's defaults or with the fix
//   node client.js server ADDRESS               answers
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import grpc from "@grpc/grpc-js";
import protoLoader from "@grpc/proto-loader";

const proto = fileURLToPath(new URL("../../v1/greeter.proto", import.meta.url));
const { Greeter } = grpc.loadPackageDefinition(protoLoader.loadSync(proto)).greeter.v1;

// region fix
function dial(target) { // "dns:///demo-fix:50051"
  return new Greeter(target, grpc.credentials.createInsecure(), {
    "grpc.service_config": JSON.stringify({
      loadBalancingConfig: [{ round_robin: {} }],
      methodConfig: [{ name: [{}], retryPolicy: {
        maxAttempts: 3, backoffMultiplier: 2,
        initialBackoff: "0.1s", maxBackoff: "1s",
        retryableStatusCodes: ["UNAVAILABLE"] } }],
    }),
  });
}
// endregion

function dialWithDefaults(target) {
  return new Greeter(target, grpc.credentials.createInsecure());
}

// region server
function newServer() {
  return new grpc.Server({
    "grpc.max_connection_age_ms": 300_000,
    "grpc.max_connection_age_grace_ms": 60_000,
  });
}
// endregion

async function greet(client, count) {
  const sayHello = promisify(client.sayHello.bind(client));
  for (let number = 0; number < count; number += 1) {
    const reply = await sayHello({ name: "world" });
    console.log(reply.message);
  }
  client.close();
}

async function serve(address) {
  const server = newServer();
  server.addService(Greeter.service, {
    sayHello: (call, answer) => answer(null, { message: `"node" says: Hello ${call.request.name}` }),
  });
  const bind = promisify(server.bindAsync.bind(server));
  const port = await bind(address, grpc.ServerCredentials.createInsecure());
  console.log(`listening on ${address.replace(/:\d+$/, `:${port}`)}`);
}

const [command, where, count, ways] = process.argv.slice(2);
if (command === "server" && where) {
  await serve(where);
} else if (command === "client" && where && count) {
  await greet((ways === "fix" ? dial : dialWithDefaults)(where), Number(count));
} else {
  console.error("usage: node client.js client TARGET COUNT [fix] | server ADDRESS");
  process.exitCode = 2;
}

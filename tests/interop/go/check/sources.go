package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The longest thing that is read whole: a checkpoint or a tile.
const longest = 1_000_000

var errAbsent = errors.New("is not there")

// A source is the folder of an export or the address of a log.
type source interface {
	read(name, mediaType string) ([]byte, error)
}

func isURL(place string) bool {
	return strings.HasPrefix(place, "http://") || strings.HasPrefix(place, "https://")
}

func folderOrURL(place string) source {
	if isURL(place) {
		return &web{strings.TrimSuffix(place, "/"), http.Client{Timeout: time.Minute}}
	}
	return folder(place)
}

type folder string

func (f folder) read(name, _ string) ([]byte, error) {
	raw, err := os.ReadFile(filepath.Join(string(f), filepath.FromSlash(name)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s %w", name, errAbsent)
	}
	return raw, err
}

type web struct {
	prefix string
	client http.Client
}

func (w *web) read(name, mediaType string) ([]byte, error) {
	answer, err := w.client.Get(w.prefix + "/" + name)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusNotFound {
		return nil, fmt.Errorf("%s %w", name, errAbsent)
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", name, answer.Status)
	}
	if found := answer.Header.Get("Content-Type"); found != mediaType {
		return nil, fmt.Errorf("%s: Content-Type is %q, not %q", name, found, mediaType)
	}
	raw, err := io.ReadAll(io.LimitReader(answer.Body, longest+1))
	if err == nil && len(raw) > longest {
		err = fmt.Errorf("%s: is too long", name)
	}
	return raw, err
}

package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	height = 8
	width  = 1 << height
)

// A tree reads tiles and believes none of them before it was hashed again into its parent. It takes
// the place of tlog.TileHashReader, which before golang.org/x/mod 0.40.0 left tiles out
// (CVE-2026-56865).
type tree struct {
	tlog.Tree
	source source
	kept   map[[2]int64]read // tiles by level and number, all but the full ones of level 0
	last   int64             // of which the one that was read last stands here
	bottom []byte
}

type read struct {
	data []byte
	err  error
}

// openTree reads the right edge and asks whether it gives the checkpoint's root.
func openTree(place string, known keys) (*tree, checkpoint, error) {
	from := folderOrURL(place)
	raw, err := from.read("checkpoint", "text/plain; charset=utf-8")
	if err != nil {
		return nil, checkpoint{}, err
	}
	top, err := openCheckpoint(raw, known)
	if err != nil {
		return nil, checkpoint{}, err
	}
	made := &tree{Tree: top.tree, source: from, kept: map[[2]int64]read{}, last: -1}
	root, err := made.rootOf(top.tree.N)
	if err != nil {
		return nil, checkpoint{}, err
	}
	if root != top.tree.Hash {
		return nil, checkpoint{}, errors.New("the tiles do not give the root of the checkpoint")
	}
	return made, top, nil
}

// rootOf is the root over the first size leaves.
func (t *tree) rootOf(size int64) (tlog.Hash, error) {
	if size == 0 {
		return sha256.Sum256(nil), nil // tlog.TreeHash(0) is zero
	}
	return tlog.TreeHash(size, t)
}

// ReadHashes is what tlog asks for its proofs.
func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, index := range indexes {
		needed := tlog.TileForIndex(height, index)
		data, err := t.tile(needed.L, needed.N)
		if err != nil {
			return nil, err
		}
		needed.W = len(data) / tlog.HashSize
		hash, err := tlog.HashFromTile(needed, data, index)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, hash)
	}
	return hashes, nil
}

// widthOf is how many hashes the tile has in the tree of this size: 256, less, or none.
func (t *tree) widthOf(level int, number int64) int {
	rest := t.N>>uint(height*level) - number*width
	if rest > width {
		return width
	}
	return int(rest)
}

// tile gives the hashes of a tile that is believed, or says what is wrong with it or above it.
func (t *tree) tile(level int, number int64) ([]byte, error) {
	if level == 0 && t.widthOf(level, number) == width { // too many to keep; asked one after another
		if number == t.last {
			return t.bottom, nil
		}
		data, err := t.believed(level, number)
		if err == nil {
			t.last, t.bottom = number, data
		}
		return data, err
	}
	place := [2]int64{int64(level), number}
	found, known := t.kept[place]
	if !known {
		found.data, found.err = t.believed(level, number)
		t.kept[place] = found
	}
	return found.data, found.err
}

// believed reads a tile; a full one is hashed again into its parent. A tile that is not full stands
// at the right edge, which openTree hashed into the root, and is kept.
func (t *tree) believed(level int, number int64) ([]byte, error) {
	name, data, err := t.fetch(level, number)
	if err != nil || len(data) < width*tlog.HashSize {
		return data, err
	}
	parent, err := t.tile(level+1, number/width)
	if err != nil {
		return nil, err
	}
	start := int(number%width) * tlog.HashSize
	if hash := hashOf(data); !bytes.Equal(hash[:], parent[start:start+tlog.HashSize]) {
		return nil, fmt.Errorf("%s does not hash into its parent", name)
	}
	return data, nil
}

// fetch reads a tile as it is, and believes nothing but its length.
func (t *tree) fetch(level int, number int64) (name string, data []byte, err error) {
	one := tlog.Tile{H: height, L: level, N: number, W: t.widthOf(level, number)}
	// C2SP's names are those of sumdb without the height.
	name = "tile/" + strings.TrimPrefix(one.Path(), "tile/8/")
	if one.W < 1 {
		return name, nil, errors.New("there is no such tile")
	}
	data, err = t.source.read(name, "application/octet-stream")
	if err == nil && len(data) != one.W*tlog.HashSize {
		err = fmt.Errorf("%s has %d bytes, not %d", name, len(data), one.W*tlog.HashSize)
	}
	return name, data, err
}

func hashOf(data []byte) (hash tlog.Hash) {
	if len(data) == tlog.HashSize {
		copy(hash[:], data)
		return hash
	}
	half := len(data) / 2
	return tlog.NodeHash(hashOf(data[:half]), hashOf(data[half:]))
}

// everyTile reads each tile and names all that are wrong, not the first alone. Tiles of level 0
// that are not there are counted: an export of a part has holes.
func (t *tree) everyTile() (tiles, absent int, wrong []string) {
	said := map[string]bool{} // a wrong parent is named once and not by each of its children
	for level := 0; t.N>>uint(height*level) > 0; level++ {
		for number := int64(0); t.widthOf(level, number) > 0; number++ {
			_, err := t.tile(level, number)
			if level == 0 && errors.Is(err, errAbsent) {
				absent++
				continue
			}
			tiles++
			if err != nil && !said[err.Error()] {
				said[err.Error()] = true
				wrong = append(wrong, err.Error())
			}
		}
	}
	return tiles, absent, wrong
}

func checkTiles(place string, known keys) ([]string, error) {
	opened, top, err := openTree(place, known)
	if err != nil {
		return nil, err
	}
	tiles, absent, wrong := opened.everyTile()
	if absent > 0 {
		wrong = append(wrong, fmt.Sprintf("%d tiles are not there", absent))
	}
	if len(wrong) > 0 {
		return nil, errors.New(strings.Join(wrong, "\n"))
	}
	return append(top.signed, fmt.Sprintf("%d tiles are the tree of %d", tiles, top.tree.N)), nil
}

func checkLeaf(place string, index int64, leafFile string, known keys) ([]string, error) {
	leaf, err := os.ReadFile(leafFile)
	if err != nil {
		return nil, err
	}
	opened, top, err := openTree(place, known)
	if err != nil {
		return nil, err
	}
	if index < 0 || index >= top.tree.N {
		return nil, errors.New("the leaf is outside of the tree")
	}
	proof, err := tlog.ProveRecord(top.tree.N, index, opened)
	if err != nil {
		return nil, err
	}
	err = tlog.CheckRecord(proof, top.tree.N, top.tree.Hash, index, tlog.RecordHash(leaf))
	if err != nil {
		return nil, err
	}
	return append(top.signed, fmt.Sprintf("leaf %d is in the tree of %d", index, top.tree.N)), nil
}

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// What an auditor wants to know of an export.
type counts struct {
	whole, erased, withheld int64
}

func checkExport(place string, known keys) ([]string, error) {
	opened, top, err := openTree(place, known)
	if err != nil {
		return nil, err
	}
	said := append(top.signed, fmt.Sprintf("tree of %d, root %s", top.tree.N, top.tree.Hash))
	tiles, absent, wrong := opened.everyTile()
	if len(wrong) > 0 {
		return said, errors.New(strings.Join(wrong, "\n"))
	}
	said = append(said, fmt.Sprintf("%d tiles hash into the root, %d are not in this export", tiles, absent))
	older, err := opened.olderCheckpoints(filepath.Join(place, "checkpoints.ndjson"), known)
	if err != nil {
		return said, err
	}
	said = append(said, fmt.Sprintf("%d older checkpoints are beginnings of this tree", older))
	files, err := filepath.Glob(filepath.Join(place, "records", "*.ndjson")) // in order of their names
	if err != nil {
		return said, err
	}
	var found counts
	begin, next := int64(0), int64(0)
	for at, file := range files {
		if at == 0 {
			if begin, err = firstLeaf(file); err != nil {
				return said, err
			}
			next = begin
		}
		if next, err = opened.records(file, next, &found); err != nil {
			return said, err
		}
	}
	return append(said, fmt.Sprintf("leaves from %d up to, without, %d: %d records, %d erased, %d withheld",
		begin, next, found.whole, found.erased, found.withheld)), nil
}

// olderCheckpoints opens each and computes its root again over the first leaves of this tree.
func (t *tree) olderCheckpoints(file string, known keys) (int, error) {
	raw, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	lines := bytes.Split(bytes.TrimSuffix(raw, []byte("\n")), []byte("\n"))
	read := 0
	for _, line := range lines {
		if len(line) == 0 {
			continue
		}
		var entry struct{ Note string }
		if err := json.Unmarshal(line, &entry); err != nil {
			return read, err
		}
		old, err := openCheckpoint([]byte(entry.Note), known)
		if err != nil {
			return read, fmt.Errorf("older checkpoint %d: %w", read+1, err)
		}
		if old.tree.N > t.N {
			return read, fmt.Errorf("the checkpoint of %d is newer than the export's", old.tree.N)
		}
		root, err := t.rootOf(old.tree.N)
		if err != nil {
			return read, err
		}
		if root != old.tree.Hash {
			return read, fmt.Errorf("the checkpoint of %d is of another tree", old.tree.N)
		}
		read++
	}
	return read, nil
}

// firstLeaf is what the name of a file of records says.
func firstLeaf(file string) (int64, error) {
	name := filepath.Base(file)
	var first int64
	_, err := fmt.Sscanf(name, "%012d.ndjson", &first)
	if err != nil || fmt.Sprintf("%012d.ndjson", first) != name {
		return 0, fmt.Errorf("%s is not named after its first leaf", name)
	}
	return first, nil
}

// records compares each line of a file with the hash at its place, and gives the place after the last.
func (t *tree) records(file string, next int64, found *counts) (int64, error) {
	name := filepath.Base(file)
	first, err := firstLeaf(file)
	if err != nil {
		return next, err
	}
	if first != next {
		return next, fmt.Errorf("%s begins at another leaf than %d", name, next)
	}
	opened, err := os.Open(file)
	if err != nil {
		return next, err
	}
	defer opened.Close()
	lines := bufio.NewScanner(opened)
	lines.Buffer(nil, 1<<30)
	lines.Split(byNewline)
	for ; lines.Scan(); next++ {
		if next >= t.N {
			return next, fmt.Errorf("%s: leaf %d is outside of the tree", name, next)
		}
		if err := t.record(lines.Bytes(), next, found); err != nil {
			return next, fmt.Errorf("%s: %w", name, err)
		}
	}
	return next, lines.Err()
}

// byNewline is bufio.ScanLines that takes no carriage return away: a line is a leaf's bytes.
func byNewline(data []byte, atEnd bool) (int, []byte, error) {
	if at := bytes.IndexByte(data, '\n'); at >= 0 {
		return at + 1, data[:at], nil
	}
	if atEnd && len(data) > 0 {
		return 0, nil, errors.New("the last line has no newline")
	}
	return 0, nil, nil
}

func (t *tree) record(line []byte, index int64, found *counts) error {
	stands, err := t.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
	if err != nil {
		return err
	}
	if tlog.RecordHash(line) == stands[0] {
		found.whole++
		return nil
	}
	// Asked after the hash: what a leaf says of itself is content and not a mark.
	var mark struct {
		Erased   *struct{ Act, At string }
		Withheld bool
		LeafHash string
	}
	if json.Unmarshal(line, &mark) != nil || (mark.Erased == nil) == !mark.Withheld {
		return fmt.Errorf("leaf %d is not what the tree holds", index)
	}
	hash, err := parseHash(mark.LeafHash)
	if err != nil || hash != stands[0] {
		return fmt.Errorf("leaf %d is marked with another hash than the tree holds", index)
	}
	if mark.Withheld {
		found.withheld++
	} else {
		found.erased++
	}
	return nil
}

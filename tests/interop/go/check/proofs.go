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

// checkProofFile reads a proof as c2sp.org/tlog-proof has it, and the leaf's bytes.
func checkProofFile(proofFile, leafFile string, known keys) ([]string, error) {
	raw, err := os.ReadFile(proofFile)
	if err != nil {
		return nil, err
	}
	leaf, err := os.ReadFile(leafFile)
	if err != nil {
		return nil, err
	}
	lines, signed, err := cut(raw)
	if err != nil {
		return nil, err
	}
	if lines[0] != "c2sp.org/tlog-proof@v1" {
		return nil, errors.New("not a proof")
	}
	lines = lines[1:]
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		lines = lines[1:] // authenticated by nothing
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return nil, errors.New("a proof without index")
	}
	index, err := parseDecimal(lines[0][len("index "):])
	if err != nil {
		return nil, err
	}
	hashes, err := parseHashes(lines[1:])
	if err != nil {
		return nil, err
	}
	top, err := openCheckpoint(signed, known)
	if err != nil {
		return nil, err
	}
	if index >= top.tree.N {
		return nil, errors.New("the leaf is outside of the tree")
	}
	err = tlog.CheckRecord(hashes, top.tree.N, top.tree.Hash, index, tlog.RecordHash(leaf))
	if err != nil {
		return nil, err
	}
	return append(top.signed, fmt.Sprintf("leaf %d is in the tree of %d", index, top.tree.N)), nil
}

// checkGrowthFile reads what a log sends to a witness (c2sp.org/tlog-witness, add-checkpoint).
func checkGrowthFile(oldFile, requestFile string, known keys) ([]string, error) {
	oldRaw, err := os.ReadFile(oldFile)
	if err != nil {
		return nil, err
	}
	raw, err := os.ReadFile(requestFile)
	if err != nil {
		return nil, err
	}
	lines, signed, err := cut(raw)
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(lines[0], "old ") {
		return nil, errors.New("not a request to a witness")
	}
	size, err := parseDecimal(lines[0][len("old "):])
	if err != nil {
		return nil, err
	}
	hashes, err := parseHashes(lines[1:])
	if err != nil {
		return nil, err
	}
	old, err := openCheckpoint(oldRaw, known)
	if err != nil {
		return nil, err
	}
	top, err := openCheckpoint(signed, known)
	if err != nil {
		return nil, err
	}
	if old.tree.N != size {
		return nil, errors.New("the proof begins at another size than the old checkpoint has")
	}
	if err := checkGrowth(old.tree, top.tree, hashes); err != nil {
		return nil, err
	}
	return append(top.signed, fmt.Sprintf("the tree of %d grew from that of %d", top.tree.N, size)), nil
}

// checkGrowth is tlog.CheckTree, which does not know empty trees.
func checkGrowth(old, top tlog.Tree, proof []tlog.Hash) error {
	if old.N > top.N {
		return errors.New("the tree has shrunk")
	}
	if old.N == 0 {
		if len(proof) > 0 || old.Hash != sha256.Sum256(nil) {
			return errors.New("growth from an empty tree needs no proof")
		}
		return nil
	}
	return tlog.CheckTree(proof, top.N, top.Hash, old.N, old.Hash)
}

// cut divides at the first empty line: what is proved by whom, and the signed note below.
func cut(raw []byte) (lines []string, signed []byte, err error) {
	at := bytes.Index(raw, []byte("\n\n"))
	if at < 0 {
		return nil, nil, errors.New("no empty line before a checkpoint")
	}
	return strings.Split(string(raw[:at]), "\n"), raw[at+2:], nil
}

func parseHashes(lines []string) ([]tlog.Hash, error) {
	if len(lines) > 63 {
		return nil, errors.New("more than 63 hashes")
	}
	var hashes []tlog.Hash
	for _, line := range lines {
		hash, err := parseHash(line)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, hash)
	}
	return hashes, nil
}

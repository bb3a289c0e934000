// Command maker is the other side for saphan's tests: a log and a witness written with
// golang.org/x/mod/sumdb, whose keys, notes, tiles and proofs saphan has to read.
package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	command, words := os.Args[1], os.Args[2:]
	switch command {
	case "key": // NAME
		signer, verifier, err := note.GenerateKey(rand.Reader, words[0])
		must(err)
		fmt.Println(signer)
		fmt.Println(verifier)
	case "sign": // TEXTFILE SIGNERKEYFILE
		signer, err := note.NewSigner(strings.TrimSpace(read(words[1])))
		must(err)
		fmt.Print(sign(read(words[0]), signer))
	case "cosign": // TEXTFILE NAME SEED TIME
		fmt.Print(sign(read(words[0]), newWitness(words[1], words[2], number(words[3]))))
	case "grow": // FOLDER SIZE OLD SIGNERKEYFILE
		signer, err := note.NewSigner(strings.TrimSpace(read(words[3])))
		must(err)
		grow(words[0], number(words[1]), number(words[2]), signer)
	default:
		panic("no such command")
	}
}

// A witness signs as c2sp.org/tlog-cosignature asks.
type witness struct {
	name string
	key  ed25519.PrivateKey
	at   int64
}

func newWitness(name, seed string, at int64) *witness {
	raw, err := base64.StdEncoding.DecodeString(seed)
	must(err)
	return &witness{name, ed25519.NewKeyFromSeed(raw), at}
}

func (w *witness) Name() string { return w.name }

func (w *witness) KeyHash() uint32 {
	public := w.key.Public().(ed25519.PublicKey)
	sum := sha256.Sum256([]byte(w.name + "\n\x04" + string(public)))
	return binary.BigEndian.Uint32(sum[:])
}

func (w *witness) Sign(text []byte) ([]byte, error) {
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", w.at, text)
	at := make([]byte, 8)
	binary.BigEndian.PutUint64(at, uint64(w.at))
	return append(at, ed25519.Sign(w.key, []byte(message))...), nil
}

// memory holds every hash of a tree in the order of tlog.
type memory []tlog.Hash

func (m memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var found []tlog.Hash
	for _, index := range indexes {
		found = append(found, m[index])
	}
	return found, nil
}

// grow writes tiles, checkpoint, the proof of every leaf at a border and that of the growth from old.
func grow(folder string, size, old int64, signer note.Signer) {
	var hashes memory
	for n := int64(0); n < size; n++ {
		more, err := tlog.StoredHashes(n, body(n), hashes)
		must(err)
		hashes = append(hashes, more...)
	}
	signed := sign(checkpoint(signer.Name(), size, hashes), signer)
	write(filepath.Join(folder, "checkpoint"), signed)
	if old <= size {
		write(filepath.Join(folder, "old"), sign(checkpoint(signer.Name(), old, hashes), signer))
		growth := tlog.TreeProof{}
		if old > 0 {
			var err error
			growth, err = tlog.ProveTree(size, old, hashes)
			must(err)
		}
		write(filepath.Join(folder, "request"), fmt.Sprintf("old %d\n%s\n%s", old, lines(growth), signed))
	}
	widest := map[[2]int64]tlog.Tile{} // tlog lists each width that the last tile had on its way
	for _, tile := range tlog.NewTiles(8, 0, size) {
		widest[[2]int64{int64(tile.L), tile.N}] = tile
	}
	for _, tile := range widest {
		data, err := tlog.ReadTileData(tile, hashes)
		must(err)
		name := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		write(filepath.Join(folder, name), string(data))
	}
	for _, index := range []int64{0, 1, 254, 255, 256, 511, size / 2, size - 2, size - 1} {
		if index < 0 || index >= size {
			continue
		}
		proof, err := tlog.ProveRecord(size, index, hashes)
		must(err)
		name := filepath.Join(folder, "proofs", fmt.Sprintf("%d.tlog-proof", index))
		write(name, fmt.Sprintf("c2sp.org/tlog-proof@v1\nindex %d\n%s\n%s", index, lines(proof), signed))
	}
}

func body(n int64) []byte { return []byte(fmt.Sprintf(`{"n":%d}`, n)) }

func checkpoint(origin string, size int64, hashes memory) string {
	root := tlog.Hash(sha256.Sum256(nil)) // tlog.TreeHash(0) is zero
	if size > 0 {
		var err error
		root, err = tlog.TreeHash(size, hashes)
		must(err)
	}
	return fmt.Sprintf("%s\n%d\n%s\n", origin, size, root)
}

func lines(hashes []tlog.Hash) string {
	var all strings.Builder
	for _, hash := range hashes {
		all.WriteString(hash.String() + "\n")
	}
	return all.String()
}

func sign(text string, signer note.Signer) string {
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	must(err)
	return string(signed)
}

func number(text string) int64 {
	found, err := strconv.ParseInt(text, 10, 64)
	must(err)
	return found
}

func read(name string) string {
	raw, err := os.ReadFile(name)
	must(err)
	return string(raw)
}

func write(name, text string) {
	must(os.MkdirAll(filepath.Dir(name), 0o755))
	must(os.WriteFile(name, []byte(text), 0o644))
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

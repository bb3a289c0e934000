package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A cosignatureVerifier is the key of a witness (c2sp.org/tlog-cosignature, type 0x04), which
// golang.org/x/mod does not know.
type cosignatureVerifier struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (v *cosignatureVerifier) Name() string    { return v.name }
func (v *cosignatureVerifier) KeyHash() uint32 { return v.hash }

// Verify asks for 8 bytes of time and 64 of a signature over header, time and text.
func (v *cosignatureVerifier) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	at := binary.BigEndian.Uint64(signature)
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", at, text)
	return at < 1<<63 && ed25519.Verify(v.key, []byte(message), signature[8:])
}

func parseCosignatureKey(vkey string) (*cosignatureVerifier, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 || parts[0] == "" {
		return nil, errors.New("malformed verifier key")
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(parts[2])
	if err != nil || len(raw) != 1+ed25519.PublicKeySize || raw[0] != 0x04 {
		return nil, errors.New("a verifier key of no type that is known here")
	}
	sum := sha256.Sum256([]byte(parts[0] + "\n" + string(raw)))
	if fmt.Sprintf("%x", sum[:4]) != parts[1] {
		return nil, errors.New("a verifier key has another id than it says")
	}
	return &cosignatureVerifier{parts[0], binary.BigEndian.Uint32(sum[:4]), raw[1:]}, nil
}

// keys are those that the reader trusts: the log's own, and all together.
type keys struct {
	log note.Verifier
	all note.Verifiers
}

func parseKeys(vkeys []string) (keys, error) {
	var list []note.Verifier
	names := map[string]string{}
	for _, vkey := range vkeys {
		verifier, err := note.NewVerifier(vkey)
		if err != nil {
			witness, err := parseCosignatureKey(vkey)
			if err != nil {
				return keys{}, err
			}
			// A cosignature does not say whose it is: anybody can give it another name of its key.
			if name, twice := names[string(witness.key)]; twice && name != witness.name {
				return keys{}, fmt.Errorf("%s and %s have one key", name, witness.name)
			}
			names[string(witness.key)] = witness.name
			verifier = witness
		}
		list = append(list, verifier)
	}
	if _, witness := list[0].(*cosignatureVerifier); witness {
		return keys{}, errors.New("the first key has to be the log's, not a witness's")
	}
	return keys{list[0], note.VerifierList(list...)}, nil
}

// A checkpoint is a note that was verified (c2sp.org/tlog-checkpoint).
type checkpoint struct {
	tree   tlog.Tree
	signed []string // one line for each known signature, the log's first
}

// openCheckpoint believes a note that the log signed; a wrong signature of any known key refuses it.
func openCheckpoint(raw []byte, known keys) (checkpoint, error) {
	opened, err := note.Open(raw, known.all)
	if err != nil {
		return checkpoint{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != known.log.Name() {
		return checkpoint{}, errors.New("no checkpoint of this log")
	}
	for _, line := range lines[:len(lines)-1] {
		if line == "" {
			return checkpoint{}, errors.New("a checkpoint has no empty line")
		}
	}
	size, err := parseDecimal(lines[1])
	if err != nil {
		return checkpoint{}, err
	}
	root, err := parseHash(lines[2])
	if err != nil {
		return checkpoint{}, err
	}
	// tlog.TreeHash calls the root of no leaves zero; RFC 6962 calls it SHA-256 of nothing.
	if size == 0 && root != sha256.Sum256(nil) {
		return checkpoint{}, errors.New("an empty tree has another root")
	}
	found := checkpoint{tree: tlog.Tree{N: size, Hash: root}}
	for _, one := range opened.Sigs {
		line := "signed by " + one.Name
		if one.Name == known.log.Name() && one.Hash == known.log.KeyHash() {
			found.signed = append([]string{line}, found.signed...)
			continue
		}
		if verifier, err := known.all.Verifier(one.Name, one.Hash); err == nil {
			if _, witness := verifier.(*cosignatureVerifier); witness {
				line = "seen by " + one.Name + " at " + timeOf(one.Base64)
			}
		}
		found.signed = append(found.signed, line)
	}
	if len(found.signed) == 0 || found.signed[0] != "signed by "+known.log.Name() {
		return checkpoint{}, errors.New("the log did not sign the checkpoint")
	}
	return found, nil
}

func timeOf(signature string) string {
	raw, _ := base64.StdEncoding.DecodeString(signature)
	at := int64(binary.BigEndian.Uint64(raw[4:12]))
	return time.Unix(at, 0).UTC().Format(time.RFC3339)
}

func checkCheckpoint(place string, known keys) ([]string, error) {
	var raw []byte
	var err error
	if isURL(place) {
		raw, err = folderOrURL(place).read("checkpoint", "text/plain; charset=utf-8")
	} else {
		raw, err = os.ReadFile(place)
	}
	if err != nil {
		return nil, err
	}
	found, err := openCheckpoint(raw, known)
	if err != nil {
		return nil, err
	}
	return append(found.signed, fmt.Sprintf("tree of %d, root %s", found.tree.N, found.tree.Hash)), nil
}

func parseDecimal(text string) (int64, error) {
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil || number < 0 || strconv.FormatInt(number, 10) != text {
		return 0, errors.New("not a decimal without sign and leading zeroes")
	}
	return number, nil
}

func parseHash(text string) (tlog.Hash, error) {
	hash, err := tlog.ParseHash(text)
	// Go's decoder reads over line ends and unused bits: a second spelling.
	if err != nil || hash.String() != text {
		return hash, errors.New("not the base64 of 32 bytes")
	}
	return hash, nil
}

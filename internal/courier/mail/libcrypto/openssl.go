//go:build libcrypto && linux

package libcrypto

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"io"
	"runtime"
	"sync"
	"unsafe"

	"github.com/ebitengine/purego"
)

// library is OpenSSL's libcrypto, of which version 3 keeps these names.
type library struct {
	readKey func(key *uintptr, der **byte, size int) uintptr                         // d2i_AutoPrivateKey
	context func(key, engine uintptr) uintptr                                        // EVP_PKEY_CTX_new
	free    func(context uintptr)                                                    // EVP_PKEY_CTX_free
	begin   func(context uintptr) int32                                              // EVP_PKEY_sign_init
	set     func(context uintptr, name, value string) int32                          // EVP_PKEY_CTX_ctrl_str
	sign    func(context uintptr, out *byte, size *uint, digest *byte, n uint) int32 // EVP_PKEY_sign
}

var load = sync.OnceValue(func() *library {
	handle, err := purego.Dlopen("libcrypto.so.3", purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil
	}
	l := &library{}
	for name, f := range map[string]any{
		"d2i_AutoPrivateKey": &l.readKey, "EVP_PKEY_CTX_new": &l.context, "EVP_PKEY_CTX_free": &l.free,
		"EVP_PKEY_sign_init": &l.begin, "EVP_PKEY_CTX_ctrl_str": &l.set, "EVP_PKEY_sign": &l.sign,
	} {
		address, err := purego.Dlsym(handle, name)
		if err != nil {
			return nil
		}
		purego.RegisterFunc(f, address)
	}
	return l
})

// Faster returns a signer with the same key that signs faster, if this binary
// and this machine have one, else the key itself; and whether it is faster. The
// signer is safe for concurrent use and lives as long as the process.
func Faster(key crypto.Signer) (crypto.Signer, bool) {
	private, ok := key.(*rsa.PrivateKey)
	if !ok {
		return key, false
	}
	l := load()
	if l == nil {
		return key, false
	}
	der := x509.MarshalPKCS1PrivateKey(private)
	at := &der[0]
	handle := l.readKey(nil, &at, len(der))
	runtime.KeepAlive(der)
	clear(der)
	if handle == 0 {
		return key, false
	}
	return &signer{PrivateKey: private, library: l, handle: handle}, true
}

type signer struct {
	*rsa.PrivateKey
	library *library
	handle  uintptr
	idle    sync.Pool // of *context
}

// context is the state of one signature at a time.
type context struct{ handle uintptr }

var errOpenSSL = errors.New("libcrypto: OpenSSL gave no signature")

// Sign signs a SHA-256 digest by PKCS #1 v1.5; anything else the key signs
// itself.
func (s *signer) Sign(random io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	if _, isPSS := o.(*rsa.PSSOptions); isPSS || o.HashFunc() != crypto.SHA256 || len(digest) != sha256.Size {
		return s.PrivateKey.Sign(random, digest, o)
	}
	c, _ := s.idle.Get().(*context)
	if c == nil {
		c = &context{s.library.context(s.handle, 0)}
		if c.handle == 0 {
			return nil, errOpenSSL
		}
		runtime.AddCleanup(c, s.library.free, c.handle)
		if s.library.begin(c.handle) != 1 || s.library.set(c.handle, "rsa_padding_mode", "pkcs1") != 1 || s.library.set(c.handle, "digest", "sha256") != 1 {
			return nil, errOpenSSL
		}
	}
	out := make([]byte, s.Size())
	size := uint(len(out))
	ok := s.library.sign(c.handle, unsafe.SliceData(out), &size, unsafe.SliceData(digest), uint(len(digest)))
	runtime.KeepAlive(c)
	s.idle.Put(c)
	if ok != 1 || size != uint(len(out)) {
		return nil, errOpenSSL
	}
	return out, nil
}

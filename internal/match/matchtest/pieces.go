package matchtest

import (
	"math/rand/v2"
	"strings"
)

// Scripts of which a text uses hundreds of characters or syllables: with fewer,
// every pair of them would stand in every item.

// spread returns n characters of a block, in an order of their own.
func spread(first rune, step, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = string(first + rune(i*step))
	}
	rand.New(rand.NewPCG(uint64(first), 0)).Shuffle(n, func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

func han() []string        { return spread(0x4e00, 13, 1500) }
func hanAndKana() []string { return append(spread(0x4e00, 17, 1100), spread(0x30a2, 1, 70)...) }
func hangul() []string     { return spread(0xac00, 9, 1200) }

// combined returns every combination, in an order of its own.
func combined(first, second string) []string {
	var all []string
	for _, a := range strings.Fields(first) {
		for _, b := range strings.Fields(second) {
			all = append(all, strings.Trim(a+b, "_"))
		}
	}
	rand.New(rand.NewPCG(uint64(len(all)), 0)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

func thai() []string {
	const consonants = "ก ข ค ง จ ช ซ ญ ด ต ท ธ น บ ป ผ พ ฟ ภ ม ย ร ล ว ศ ส ห อ"
	return append(combined(consonants, "_ า ิ ี ุ ู ั่ ้า ่ะ"), combined("เ แ โ", consonants)...)
}

func vietnamese() []string {
	return combined("b c ch d đ gi h kh l m n ng nh ph qu r s t th tr v x", "a á à ai ái an án anh ao áo ăn âm ân ấn ê ên êu i iên iến iều o oa oan oi ong óng ô ông ống ơ ơi ơn u ua uê ung uy ư ươi ương ước ạ ạn ải ảnh ế ệ ộ ộc ợ ợp ụ ứ ự")
}

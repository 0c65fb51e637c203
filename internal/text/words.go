package text

import (
	"maps"
	"slices"
	"strings"
	"sync"
)

// commonWords maps words to the languages in which they are the commonest, or
// which of two near languages writes so.
var commonWords = sync.OnceValue(func() map[string][]string {
	lists := map[string]string{
		"en": "the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which one you were her all their there been if more when will would who so no said its has new company announced today our we can also into than other",
		"fr": "le la les de des du et en un une est que qui dans pour pas sur au aux avec il elle ce cette ces son sa ses par plus ne se sont ont été être nous vous leur mais ou où comme tout aussi fait selon entre sous après avant depuis société annoncé d l qu n",
		"de": "der die das und in den von zu mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum haben nur oder aber vor zur bis mehr durch man sein wurde unternehmen heute gab bekannt wir",
		"es": "el la los las de del y en un una es que se no por con para su al lo como más o pero sus le ha este esta sí porque entre cuando muy sin sobre también me hasta hay donde quien desde todo nos durante todos uno les ni contra otros ese eso ante ellos empresa anunció según",
		"pt": "o a os as de do da dos das e em um uma é que se não por com para no na nos nas ao à mais mas foi ele seu sua ou ser quando muito há já está eu também só pelo pela até isso ela entre era depois sem mesmo aos ter seus quem nas me esse eles você foram empresa anunciou segundo são",
		"id": "yang dan di dari untuk dengan pada ini itu dalam tidak akan adalah ke telah oleh juga atau sebagai bisa kami mereka karena dapat ada saat lebih bahwa tersebut tahun hari serta perusahaan kata secara sudah menjadi para antara mengumumkan sebuah terhadap rupiah uang berbeda kantor mobil ujar menurut pihak anda guna baru persen miliar triliun polisi rumah sakit universitas kualitas pemilu korupsi gubernur pabrik pesawat tewas warga wilayah pemerintah bisnis listrik gratis kecelakaan ekspor impor karyawan anggaran bandara televisi inggris prancis tiongkok walikota kabupaten provinsi senin kamis jumat maret juni juli agustus desember delapan nomor resmi ilmuwan pasien obat tim toko pajak laba penjualan kuartal direktur manajer situs ponsel mengatakan setelah pekan kemarin berbagai membutuhkan negara kini bagi kepada anda",
		"ms": "yang dan di dari untuk dengan pada ini itu dalam tidak akan adalah ke telah oleh juga atau sebagai boleh kami mereka kerana dapat ada ketika lebih bahawa tersebut tahun hari serta syarikat kata secara sudah menjadi para antara ialah mengumumkan sebuah terhadap ringgit wang berbeza iaitu pejabat kereta kini manakala beliau pihak anda bagi daripada kepada negara kerajaan baharu peratus bilion trilion polis hospital universiti kualiti pilihan raya rasuah gabenor kilang kapal terbang maut penduduk kawasan mahkamah perniagaan elektrik percuma kemalangan parlimen eksport import kakitangan belanjawan televisyen inggeris perancis datuk negeri isnin khamis jumaat ahad mac jun julai ogos disember lapan nombor rasmi saintis penyelidik pesakit ubat pasukan perlawanan kedai cukai faedah jualan suku pengarah pengurus laman bimbit berkata selepas lepas semalam pelbagai memerlukan bandar lebuh",
		"ru": "что это как из для или также после его был были году лет рублей который заявил сообщил",
		"vi": "và của là có được cho các trong với không một người những đã để khi từ này đến cũng như ra vào về tại theo sẽ trên đó năm nhiều ông bà công ty hơn sau việc còn bị do hay phải thì",
	}
	m := map[string][]string{}
	for _, language := range slices.Sorted(maps.Keys(lists)) {
		seen := map[string]bool{}
		for _, w := range strings.Fields(lists[language]) {
			if !seen[w] {
				seen[w] = true
				m[w] = append(m[w], language)
			}
		}
	}
	return m
})

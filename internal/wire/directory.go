package wire

// Who receives. Directory entries are numbered, from 1, because the courier
// keeps tens of thousands of them per release: numbers pack, names do not.

// OutletID numbers an outlet.
type OutletID int64

// ContactID numbers a contact.
type ContactID int64

// SubscriptionID numbers a subscription; never used again after it ends.
type SubscriptionID int64

// Outlet is a newsroom, site, agency or terminal vendor that takes the wire.
type Outlet struct {
	ID       OutletID
	Name     string
	Country  string // ISO 3166-1 alpha-2
	Language string // BCP 47
	Kind     string // "newspaper", "agency", "broadcast", "online", "terminal"
}

// Contact is an editor or journalist.
type Contact struct {
	ID       ContactID
	Outlet   OutletID // 0 for a freelance
	Name     string
	Email    string
	Country  string
	Language string // of letters to them; BCP 47
}

// Channel is a way out of the house.
type Channel string

// The channels a subscription can use.
const (
	ByMail    Channel = "mail"
	ByWebhook Channel = "webhook"
	ByWebSub  Channel = "websub"
	ByDrop    Channel = "drop"
)

// InDigest stands for ByMail where letters about several releases are counted
// apart. No subscription has it.
const InDigest Channel = "digest"

// Subscription is a standing query plus a channel and a format, held by an
// outlet or a contact. Paused ones match nothing new, but corrections, holds
// and kills of what they were served still reach them.
type Subscription struct {
	ID      SubscriptionID
	Outlet  OutletID  // one of Outlet and Contact is set; neither for a WebSub subscriber
	Contact ContactID //
	Query   string    // in the language of package match
	Channel Channel
	Address string // e-mail address or URL; of a drop the folder's
	Secret  string // webhook or WebSub secret; drop: password or key; mail: token of the unsubscribe link
	Format  string // "ninjs", "text", …; "" for the channel's own
	Paused  bool   // by the holder, by one-click unsubscribe, or after a 410
	Expires int64  // µs UTC; 0 never. WebSub leases end
	// Preference is when mail may come; nil for each release at once, as on all
	// other channels. It is shared by copies and must not be altered.
	Preference *Preference
}

/*
 * Move network devices between namespaces by rtnetlink.
 *
 * The kernel moves and renames in one request, but a device whose new name is taken is then gone from the
 * host all the same, and with a %d nobody knows what it is called. So it travels under a name that is
 * nobody's, and is renamed on arrival: the clash is the kernel's answer to a request of its own, and the way
 * back is open.
 */
#include "net/netdev.h"

#include "base/own.h"

#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

enum { BUFFER = 32768, REQUEST = 1024, ADDRESSES = 256 };

/* One address as it is in the dump; parts that it has not got have length 0. */
struct address {
	uint8_t family, prefix;
	uint32_t flags, metric;
	struct part {
		uint16_t len;
		uint8_t bytes[16];
	} local, peer, broadcast;
};

struct addresses {
	int index;
	size_t n;
	bool full;
	struct address v[ADDRESSES];
};

struct link {
	int index;
	unsigned flags;
	char name[IFNAMSIZ];
};

static int open_socket(struct mnl_socket **ret, struct err *e)
{
	struct mnl_socket *s = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);

	if (!s)
		return err_set(e, errno, "open a netlink socket");
	if (mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) < 0) {
		int code = errno;

		(void)mnl_socket_close(s);
		return err_set(e, code, "bind a netlink socket");
	}
	*ret = s;
	return 0;
}

/* A request of our own numbering in `buffer`. */
static struct nlmsghdr *request(char *buffer, uint16_t type, uint16_t flags)
{
	static uint32_t sequence;
	struct nlmsghdr *h = mnl_nlmsg_put_header(buffer);

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | flags;
	h->nlmsg_seq = ++sequence;
	return h;
}

/* Send, and hand every answer to `callback` until the kernel's last word. */
static int talk(struct mnl_socket *s, const struct nlmsghdr *h, mnl_cb_t callback, void *arg)
{
	char buffer[BUFFER];
	uint32_t sequence = h->nlmsg_seq;
	int r;

	if (mnl_socket_sendto(s, h, h->nlmsg_len) < 0)
		return -errno;
	do {
		ssize_t n = mnl_socket_recvfrom(s, buffer, sizeof buffer);

		if (n < 0)
			return -errno;
		r = mnl_cb_run(buffer, (size_t)n, sequence, mnl_socket_get_portid(s), callback, arg);
	} while (r > MNL_CB_STOP);
	return r < 0 ? -errno : 0;
}

static int link_seen(const struct nlmsghdr *h, void *arg)
{
	const struct ifinfomsg *i = mnl_nlmsg_get_payload(h);
	struct link *l = arg;
	struct nlattr *a;

	l->index = i->ifi_index;
	l->flags = i->ifi_flags;
	mnl_attr_for_each(a, h, sizeof *i)
	{
		if (mnl_attr_get_type(a) == IFLA_IFNAME)
			snprintf(l->name, sizeof l->name, "%s", mnl_attr_get_str(a));
	}
	return MNL_CB_OK;
}

/* By name, or by index where that is not 0. */
static int find(struct mnl_socket *s, const char *name, int index, struct link *ret)
{
	char buffer[REQUEST];
	struct nlmsghdr *h = request(buffer, RTM_GETLINK, NLM_F_ACK);
	struct ifinfomsg *i = mnl_nlmsg_put_extra_header(h, sizeof *i);

	i->ifi_index = index;
	if (!index)
		mnl_attr_put_strz(h, IFLA_IFNAME, name);
	return talk(s, h, link_seen, ret);
}

static int rename_link(struct mnl_socket *s, int index, const char *name, int ns)
{
	char buffer[REQUEST];
	struct nlmsghdr *h = request(buffer, RTM_SETLINK, NLM_F_ACK);
	struct ifinfomsg *i = mnl_nlmsg_put_extra_header(h, sizeof *i);

	i->ifi_index = index;
	mnl_attr_put_strz(h, IFLA_IFNAME, name);
	if (ns >= 0)
		mnl_attr_put_u32(h, IFLA_NET_NS_FD, (uint32_t)ns);
	return talk(s, h, NULL, NULL);
}

static int bring_up(struct mnl_socket *s, int index)
{
	char buffer[REQUEST];
	struct nlmsghdr *h = request(buffer, RTM_SETLINK, NLM_F_ACK);
	struct ifinfomsg *i = mnl_nlmsg_put_extra_header(h, sizeof *i);

	i->ifi_index = index;
	i->ifi_flags = i->ifi_change = IFF_UP;
	return talk(s, h, NULL, NULL);
}

static void take_part(struct part *p, const struct nlattr *a)
{
	size_t n = mnl_attr_get_payload_len(a);

	if (n <= sizeof p->bytes) {
		memcpy(p->bytes, mnl_attr_get_payload(a), n);
		p->len = (uint16_t)n;
	}
}

static void take_attribute(struct address *one, const struct nlattr *a)
{
	switch (mnl_attr_get_type(a)) {
	case IFA_LOCAL:
		take_part(&one->local, a);
		break;
	case IFA_ADDRESS:
		take_part(&one->peer, a);
		break;
	case IFA_BROADCAST:
		take_part(&one->broadcast, a);
		break;
	case IFA_FLAGS:
		one->flags = mnl_attr_get_u32(a);
		break;
	case IFA_RT_PRIORITY:
		one->metric = mnl_attr_get_u32(a);
		break;
	default:
		break;
	}
}

static int address_seen(const struct nlmsghdr *h, void *arg)
{
	const struct ifaddrmsg *m = mnl_nlmsg_get_payload(h);
	struct addresses *list = arg;
	struct address one = { .family = m->ifa_family, .prefix = m->ifa_prefixlen, .flags = m->ifa_flags };
	struct nlattr *a;

	if ((int)m->ifa_index != list->index || m->ifa_scope != RT_SCOPE_UNIVERSE)
		return MNL_CB_OK;
	mnl_attr_for_each(a, h, sizeof *m) take_attribute(&one, a);
	if (!(one.flags & IFA_F_PERMANENT))
		return MNL_CB_OK;
	if (list->n == ADDRESSES)
		list->full = true;
	else
		list->v[list->n++] = one;
	return MNL_CB_OK;
}

static int read_addresses(struct mnl_socket *s, int index, struct addresses *ret)
{
	char buffer[REQUEST];
	struct nlmsghdr *h = request(buffer, RTM_GETADDR, NLM_F_DUMP);
	struct ifaddrmsg *m = mnl_nlmsg_put_extra_header(h, sizeof *m);

	m->ifa_family = AF_UNSPEC;
	ret->index = index;
	ret->n = 0;
	ret->full = false;
	int r = talk(s, h, address_seen, ret);
	return r < 0 ? r : ret->full ? -E2BIG : 0;
}

static void put_part(struct nlmsghdr *h, uint16_t type, const struct part *p)
{
	if (p->len)
		mnl_attr_put(h, type, p->len, p->bytes);
}

static int add_address(struct mnl_socket *s, int index, const struct address *one)
{
	/* what else is in the flags is the kernel's state, not somebody's wish */
	const uint32_t wishes = IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE |
				IFA_F_MCAUTOJOIN | IFA_F_PERMANENT;
	char buffer[REQUEST];
	struct nlmsghdr *h = request(buffer, RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE);
	struct ifaddrmsg *m = mnl_nlmsg_put_extra_header(h, sizeof *m);

	m->ifa_family = one->family;
	m->ifa_prefixlen = one->prefix;
	m->ifa_scope = RT_SCOPE_UNIVERSE;
	m->ifa_index = (unsigned)index;
	put_part(h, IFA_LOCAL, &one->local);
	put_part(h, IFA_ADDRESS, &one->peer);
	put_part(h, IFA_BROADCAST, &one->broadcast);
	mnl_attr_put_u32(h, IFA_FLAGS, one->flags & wishes);
	if (one->metric)
		mnl_attr_put_u32(h, IFA_RT_PRIORITY, one->metric);
	return talk(s, h, NULL, NULL);
}

static int add_addresses(struct mnl_socket *s, int index, const struct addresses *list)
{
	int r = 0;

	for (size_t i = 0; i < list->n && r >= 0; i++)
		r = add_address(s, index, &list->v[i]);
	return r;
}

/* From one socket's namespace to the other's, under a name that nobody has. Returns the index it got there.
 */
static int travel(struct mnl_socket *from, struct mnl_socket *to, int to_ns, int index)
{
	char name[IFNAMSIZ];
	struct link arrived = { 0 };

	snprintf(name, sizeof name, "husk.%d", getpid());
	int r = rename_link(from, index, name, to_ns);
	if (r < 0)
		return r;
	r = find(to, name, 0, &arrived);
	return r < 0 ? r : arrived.index;
}

/* Settle in: final name, up, addresses. */
static int settle(struct mnl_socket *s, int index, const char *as, const struct addresses *list, bool up,
		  const char *name, struct err *e)
{
	int r = rename_link(s, index, as, -1);

	if (r == -EEXIST)
		return err_say(e, EEXIST, "%s: the name %s is taken in the container", name, as);
	if (r < 0)
		return err_set(e, -r, "%s: rename to %s", name, as);
	r = up ? bring_up(s, index) : 0;
	if (r < 0)
		return err_set(e, -r, "%s: bring up", name);
	r = add_addresses(s, index, list);
	return r < 0 ? err_set(e, -r, "%s: restore addresses", name) : 0;
}

int netdev_move(struct netdev_ends *x, struct netdev *d, struct err *e)
{
	struct addresses list;
	struct link here = { 0 }, there = { 0 };
	int r = find(x->from, d->name, 0, &here);

	if (r == -ENODEV)
		return err_say(e, ENODEV, "%s: no such network device", d->name);
	if (r < 0)
		return err_set(e, -r, "%s", d->name);
	r = read_addresses(x->from, here.index, &list);
	if (r < 0)
		return err_set(e, -r, "%s: read addresses", d->name);
	d->was_up = here.flags & IFF_UP;
	int index = travel(x->from, x->to, x->to_ns, here.index);
	if (index < 0)
		return err_set(e, -index, "%s: move to the container", d->name);
	r = settle(x->to, index, d->as, &list, true, d->name, e);
	if (r < 0) {
		int back = travel(x->to, x->from, x->from_ns, index);

		if (back >= 0)
			(void)settle(x->from, back, d->name, &list, d->was_up, d->name, NULL);
		return r;
	}
	if (find(x->to, NULL, index, &there) >= 0)
		memcpy(d->as, there.name, sizeof d->as);
	d->moved = true;
	return 0;
}

int netdev_back(struct netdev_ends *x, const struct netdev *d, struct err *e)
{
	struct addresses list;
	struct link there = { 0 };
	int r = find(x->to, d->as, 0, &there);

	if (r >= 0)
		r = read_addresses(x->to, there.index, &list);
	if (r >= 0)
		r = travel(x->to, x->from, x->from_ns, there.index);
	if (r < 0)
		return err_set(e, -r, "%s: take back", d->name);
	return settle(x->from, r, d->name, &list, d->was_up, d->name, e);
}

int netdev_open(struct netdev_ends *ret, const char *path, struct err *e)
{
	struct netdev_ends x = { .from_ns = FD_NONE, .to_ns = FD_NONE };

	x.from_ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	x.to_ns = open(path, O_RDONLY | O_CLOEXEC);
	int r = x.from_ns < 0 || x.to_ns < 0 ? err_set(e, errno, "open the network namespaces") : 0;
	if (r == 0)
		r = open_socket(&x.from, e);
	if (r == 0 && setns(x.to_ns, CLONE_NEWNET) < 0)
		r = err_set(e, errno, "enter the container's network namespace");
	if (r == 0)
		r = open_socket(&x.to, e);
	if (r < 0)
		netdev_close(&x);
	else
		*ret = x;
	return r;
}

void netdev_close(struct netdev_ends *x)
{
	if (x->from)
		(void)mnl_socket_close(x->from);
	if (x->to)
		(void)mnl_socket_close(x->to);
	own_fd_done(&x->from_ns);
	own_fd_done(&x->to_ns);
}

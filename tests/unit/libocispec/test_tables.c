/* Assumptions of the engine about the tables that the compiler cannot check. */
#include "../../../libocispec/field.h"

#include <criterion/criterion.h>
#include <string.h>

Test(tables, ids_and_names_agree)
{
	for (size_t i = 0; i < TYPE_COUNT; i++)
		cr_expect_eq(oci_types[i]->id, i, "%s", oci_types[i]->name);
	cr_expect_eq(oci_types[TYPE_oci_config], &oci_type_config);
	cr_expect_eq(oci_enums[ENUM_oci_enum_status], &oci_enum_status);
}

Test(tables, map_elements_start_with_their_key)
{
	for (size_t i = 0; i < TYPE_COUNT; i++)
		for (size_t j = 0; j < oci_types[i]->n; j++) {
			const struct field *f = &oci_types[i]->fields[j];

			if (f->kind == K_omap)
				cr_expect_eq(oci_types[f->arg]->fields[0].kind, K_key, "%s", f->json);
			if (f->kind == K_key)
				cr_expect_eq(j, 0, "%s", oci_types[i]->name);
		}
}

Test(tables, names_are_unique_and_rules_fit)
{
	for (size_t i = 0; i < TYPE_COUNT; i++)
		for (size_t j = 0; j < oci_types[i]->n; j++) {
			const struct field *f = &oci_types[i]->fields[j];

			cr_expect_eq(f->len, strlen(f->json));
			for (size_t k = 0; k < j; k++)
				cr_expect_str_neq(oci_types[i]->fields[k].json, f->json);
			if (f->flags & (ABSOLUTE | SEMVER))
				cr_expect_eq(f->kind, K_str, "%s", f->json);
			if (f->flags & POSITIVE)
				cr_expect(f->kind >= K_u16 && f->kind <= K_u64, "%s", f->json);
			if (f->flags & NONEMPTY)
				cr_expect(f->kind == K_str || oci_element_size(f) > 0, "%s", f->json);
		}
}
